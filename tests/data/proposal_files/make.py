#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the pickles of this folder: boxes in every manner that is read (needs torch)."""
import pickle

import numpy as np
import torch

rows = [[.125, .25, .5, .75, .875], [.25, .25, .5, 1., .9375]]
files = {
    'lists.pkl': ({'vid,0001': rows, 'vid,0002': []}, 2),
    'tuples.pkl': ({('vid', 1): [tuple(rows[0]), rows[1]], ('vid', 2.5): [rows[0][:4]]}, 2),
    'text.pkl': ({'vid,0001': np.array(rows), 'vid,0002': np.zeros((0, 5))}, 0),
    'text_lists.pkl': ({'vid,0001': rows}, 0),
    'binary1.pkl': ({('vid', '0001'): rows}, 1),
    'single.pkl': ({'vid,0001': np.array(rows[0], np.float32)}, 4),
    'arrays.pkl': ({'vid,0001': [np.array(r) for r in rows]}, 4),
    'tensors_p2.pkl': ({'vid,0001': torch.tensor(rows)}, 2),
    'tensors_p4.pkl': ({'vid,0001': torch.tensor(rows, dtype=torch.float64)[:, :4]}, 4),
    'numpy_keys.pkl': ({('vid', np.int64(1)): [[np.float64(v) for v in r] for r in rows],
                        (np.str_('vid'), np.float32(2.5)): [[np.float32(v) for v in rows[0]]]}, 4),
    'numpy_text.pkl': ({np.str_('vid,0001'): [[np.float64(v) for v in r] for r in rows]}, 0),
    'not_boxes.pkl': ({'vid,0001': 3 * rows, 'vid,0002': 'text', 'vid,0003': [1, 2, 3], 7: rows,
                       'vid,0004': [rows[0], rows[1], rows[1], [1, 2]]}, 2),
}
for name, (content, protocol) in files.items():
    with open(name, 'wb') as f:
        pickle.dump(content, f, protocol=protocol)
torch.save({'vid,0001': torch.tensor(rows)}, 'saved.pth')
torch.save({'vid,0001': torch.tensor(rows)}, 'saved_legacy.pth',
           _use_new_zipfile_serialization=False)
shared = np.tile(np.array(rows[0]), (40, 1))
with open('shared.pkl', 'wb') as f:
    pickle.dump({'vid,%d' % i: shared for i in range(200)}, f, protocol=2)
