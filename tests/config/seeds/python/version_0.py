model = dict(type='FastRCNN', backbone=dict(type='ResNet3dSlowOnly', depth=50), roi_head=dict())
norm = dict(mean=[1.0, 2.0, 3.0], std=[4.0, 5.0, 6.0])
steps = [dict(type='SampleAVAFrames', clip_len=4, frame_interval=16), dict(type='Normalize', **norm)]
data = dict(val=dict(type='AVADataset', pipeline=steps))
data['test'] = data['val']
data['test']['person_det_score_thr'] = 0.5
data["all"] = dict(x=[data])
