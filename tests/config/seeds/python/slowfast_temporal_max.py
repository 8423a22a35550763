_base_ = ['slowfast_base.py']

model = dict(roi_head=dict(bbox_roi_extractor=dict(temporal_pool_mode='max')))
