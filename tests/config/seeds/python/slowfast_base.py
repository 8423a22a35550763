# A config in the manner of MMAction2's, with everything that is more than a literal in between.
_base_ = '../../_base_/default_runtime.py'

from math import pi  # not executed

rate = 4
model = dict(
    type='FastRCNN',
    init_cfg=dict(type='Pretrained', checkpoint=('https://example.org/'
                                                 'weights.pth')),
    backbone=dict(
        type='mmaction.ResNet3dSlowFast',
        resample_rate=8,
        speed_ratio=rate,
        slow_pathway=dict(
            type='resnet3d', depth=50, lateral=True, fusion_kernel=7, conv1_kernel=(1, 7, 7),
            inflate=(0, 0, 1, 1), spatial_strides=(1, 2, 2, 1), dilations=(1, 1, 1, 1)),
        fast_pathway=dict(
            type='resnet3d', depth=50, lateral=False, base_channels=8, conv1_kernel=(5, 7, 7),
            spatial_strides=(1, 2, 2, 1))),
    roi_head=dict(
        type='AVARoIHead',
        bbox_roi_extractor=dict(type='SingleRoIExtractor3D', output_size=6),
        bbox_head=dict(type='BBoxHeadAVA', num_classes=80 + 1, multilabel=True)),
    data_preprocessor=dict(mean=[100, 100.5, 1e2], std=[50, 50, 50]))

anno_root = 'data/ava/annotations'
ann_file_val = f'{anno_root}/ava_val_v2.1.csv'
file_client_args = dict(path_mapping=dict({'data/ava': 's254:s3://openmmlab'}))

if True:
    ignored = lambda x: [x, {x}]

val_pipeline = [
    dict(
        type='SampleAVAFrames', clip_len=32, frame_interval=2, test_mode=True),
    dict(type='RawFrameDecode', **file_client_args),
    dict(type='Resize', scale=(-1, 224)),
]
