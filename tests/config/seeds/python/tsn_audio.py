# as before version 1
model = dict(
    type='AudioRecognizer',
    backbone=dict(
        type='ResNet', depth=18, in_channels=1, strides=(1, 2, 2, 1), dilations=(1, 1, 1, 2), norm_eval=False),
    cls_head=dict(type='AudioTSNHead', num_classes=7, in_channels=512, dropout_ratio=0.5, init_std=0.01),
    train_cfg=None,
    test_cfg=dict(average_clips='prob'))
test_pipeline = [
    dict(type='LoadAudioFeature'),
    dict(type='SampleFrames', clip_len=64, frame_interval=1, num_clips=1, test_mode=True),
    dict(type='AudioFeatureSelector'),
    dict(type='FormatAudioShape', input_format='NCTF'),
    dict(type='Collect', keys=['audios', 'label'], meta_keys=[]),
    dict(type='ToTensor', keys=['audios'])
]
data = dict(test=dict(type='AudioFeatureDataset', pipeline=test_pipeline))
