/* SPDX-License-Identifier: Apache-2.0 */
{"slow_r50_4x16_kinetics", "27.3"}, {"slowfast_r50_4x16_kinetics", "36.1"},
    {"slowfast_r50_4x16_no_lateral_kinetics", "34.2"},
    {"slowfast_r50_4x16_to_channel_sum_kinetics", "34.2"},
    {"slowfast_r50_4x16_to_channel_kinetics", "39.9"},
    {"slowfast_r50_4x16_sample_kinetics", "34.9"},
