model = dict(
    type='RecognizerAudio',
    backbone=dict(type='ResNetAudio', depth=50, pretrained=None, in_channels=1, base_channels=8, norm_eval=False),
    cls_head=dict(
        type='TSNAudioHead', num_classes=7, in_channels=256, dropout_ratio=0.5, init_std=0.01, average_clips='prob'))
test_pipeline = [
    dict(type='LoadAudioFeature'),
    dict(type='SampleFrames', clip_len=64, frame_interval=1, num_clips=10, test_mode=True),
    dict(type='AudioFeatureSelector'),
    dict(type='FormatAudioShape', input_format='NCTF'),
    dict(type='PackActionInputs')
]
