#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""NAME.pillow.ppm: NAME.in.ppm resized by Pillow with BILINEAR. floats.txt: up.in.ppm, (value - 100) / 50, resized by
F.interpolate to a size and by cv2.resize by a factor: width, height, pixels a pixel across and down, R, G, B ..."""
import cv2
import numpy as np
import torch
from PIL import Image

SIZES = {"landscape_down": (61, 43), "up": (133, 99), "strong": (17, 11), "thin": (9, 40), "same": (70, 29),
         "square": (31, 50), "one": (5, 4), "portrait_down": (200, 31), "halved": (60, 48), "tall_up": (33, 40)}

for name, size in SIZES.items():
    Image.open(f"{name}.in.ppm").resize(size, Image.BILINEAR).save(f"{name}.pillow.ppm")

picture = (np.asarray(Image.open("up.in.ppm")).astype(np.float32) - 100) / 50
height, width = picture.shape[:2]
with open("floats.txt", "w") as f:
    for to in [(13, 9), (70, 8)]:
        out = torch.nn.functional.interpolate(torch.from_numpy(picture).permute(2, 0, 1)[None].double(), to[::-1],
                                              mode="bilinear", align_corners=False)[0].permute(1, 2, 0).numpy()
        print(*to, width / to[0], height / to[1], *(f"{v:.7g}" for v in out.flatten()), file=f)
    for factor in (0.277, 0.41):
        out = cv2.resize(picture, None, None, fx=factor, fy=factor, interpolation=cv2.INTER_LINEAR)
        print(out.shape[1], out.shape[0], 1 / factor, 1 / factor, *(f"{v:.7g}" for v in out.flatten()), file=f)
