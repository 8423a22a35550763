model = dict(
    type='FastRCNN',
    backbone=dict(
        type='ResNet3dSlowOnly',
        depth=101,
        spatial_strides=(1, 2, 2, 1),
        non_local=((0, 0, 0), (1, 0, 1, 0), (1, 0, 1, 0, 1, 0), (0, 0, 0)),
        non_local_cfg=dict(
            sub_sample=True, use_scale=True, norm_cfg=dict(type='BN3d', requires_grad=True),
            mode='embedded_gaussian')),
    roi_head=dict(
        bbox_roi_extractor=dict(output_size=8, with_global=True),
        bbox_head=dict(num_classes=81, multilabel=True)))
val_pipeline = [dict(type='SampleAVAFrames', clip_len=8, frame_interval=8, test_mode=True)]
