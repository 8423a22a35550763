model = dict(
    type='FastRCNN',
    _scope_='mmdet',
    backbone=dict(
        type='mmaction.ResNet3dSlowOnly', depth=50, base_channels=16, pretrained=None, pretrained2d=False,
        lateral=False, num_stages=4, conv1_kernel=(1, 7, 7), conv1_stride_t=1, pool1_stride_t=1,
        spatial_strides=(1, 2, 2, 1)),
    roi_head=dict(
        type='AVARoIHead',
        bbox_roi_extractor=dict(type='SingleRoIExtractor3D', roi_layer_type='RoIAlign', output_size=8, with_temporal_pool=True,
            temporal_pool_mode='max', with_global=True),
        bbox_head=dict(type='BBoxHeadAVA', background_class=True, in_channels=1024, num_classes=81, multilabel=True,
            dropout_ratio=0.5, mlp_head=True, focal_alpha=3.0, focal_gamma=1.0)),
    data_preprocessor=dict(
        type='mmaction.ActionDataPreprocessor', mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375],
        format_shape='NCTHW'))
val_pipeline = [
    dict(type='SampleAVAFrames', clip_len=8, frame_interval=8, test_mode=True),
    dict(type='RawFrameDecode', io_backend='disk'),
    dict(type='Resize', scale=(-1, 256)),
    dict(type='FormatShape', input_format='NCTHW', collapse=True),
    dict(type='PackActionInputs')
]
val_dataloader = dict(batch_size=1, dataset=dict(type='AVAKineticsDataset', pipeline=val_pipeline, test_mode=True))
