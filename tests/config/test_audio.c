/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of audiovisual SlowFast. */
#include "config/config.h"
#include "config/presets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "config/yaml_cases.h"

#define HEAD "MODEL: {ARCH: avslowfast, MODEL_NAME: AVSlowFast}\n"
#define DATA HEAD "DATA: {NUM_FRAMES: 32, SAMPLING_RATE: 2, INPUT_CHANNEL_NUM: [3, 3, 1]"

/* The defaults are those of the authors' defaults.py. */
static void keys_are_read_and_recorded(void **state)
{
    (void)state;
    sfd_net_config c;
    expect_ok(&c, DATA "}\n");
    assert_true(sfd_net_config_listens(&c));
    assert_int_equal(c.audio.n_mels, 40);
    assert_int_equal(c.audio.fusion_channels, 0);
    assert_int_equal(c.audio.fused, 15);
    assert_true(c.audio.fusion_ratio == 0.125F && c.audio.std == 1 && c.audio.mean == 0);
    expect_recorded(&c);
    expect_ok(&c, DATA ", AUDIO_MEL_NUM: 80, LOGMEL_MEAN: -7.03, LOGMEL_STD: 4.66}\n"
                       "SLOWFAST: {AU_FUSION_CONV_CHANNEL_MODE: ByDim, AUDIO_FUSION: nonlocal,\n"
                       "  FS_FUSION: [True, False, True, True], AFS_FUSION: [no, no, yes, no],\n"
                       "  AVS_FLAG: [False, False, True, True, True], DROPPATHWAY_RATE: 0.8}\n"
                       "RESNET: {AUDIO_TRANS_FUNC: tf_bottleneck_transform_v1}\n");
    assert_int_equal(c.audio.fusion, SFD_AUDIO_FUSION_NONLOCAL);
    assert_int_equal(c.audio.fusion_channels, 64);
    assert_int_equal(c.audio.fused, 4);
    assert_int_equal(c.lateral_stages, 13);
    assert_int_equal(c.audio.n_mels, 80);
    expect_recorded(&c);
}

static void bad_values_are_named(void **state)
{
    (void)state;
    expect_failure(
        DATA ", AUDIO_FRAME_NUM: 64}\n", SFD_ERR_FORMAT,
        "DATA.AUDIO_FRAME_NUM is 64, wanted AU_ALPHA for each of the 4 slow frames, 128");
    expect_failure(DATA ", LOGMEL_STD: 0}\n", SFD_ERR_FORMAT, "LOGMEL_STD above zero");
    expect_failure(DATA ", AUDIO_SAMPLE_RATE: 10}\n", SFD_ERR_FORMAT, "AUDIO_SAMPLE_RATE is 10");
    expect_failure(HEAD "DATA: {NUM_FRAMES: 32, SAMPLING_RATE: 1024, AUDIO_SAMPLE_RATE: 44100}\n",
                   SFD_ERR_FORMAT, "a clip has 48168960 samples of sound");
    expect_failure(DATA ", AUDIO_MEL_NUM: 100000}\n", SFD_ERR_FORMAT, "AUDIO_MEL_NUM is 100000");
    expect_failure(DATA "}\nSLOWFAST: {AU_ALPHA: 30}\n", SFD_ERR_FORMAT,
                   "AU_ALPHA is 30, wanted a multiple of 4");
    expect_failure(DATA "}\nSLOWFAST: {AU_ALPHA: 16, AUDIO_FUSION: chain}\n", SFD_ERR_FORMAT,
                   "AU_ALPHA is 16, wanted a multiple of 32");
    expect_failure(DATA "}\nSLOWFAST: {AFS_FUSION: [True]}\n", SFD_ERR_FORMAT,
                   "is not a list of four");
    expect_failure(DATA "}\nSLOWFAST: {AU_BETA_INV: 128}\n", SFD_ERR_FORMAT, "AU_BETA_INV is 128");
    expect_failure(DATA "}\nSLOWFAST: {AU_FUSION_CONV_CHANNEL_RATIO: 0.001}\n", SFD_ERR_FORMAT,
                   "leaves no channel");
    expect_failure(DATA "}\nSLOWFAST: {AU_FUSION_KERNEL_SZ: 4}\n", SFD_ERR_FORMAT, "wanted odd");
    expect_failure(DATA "}\nRESNET: {AUDIO_TRANS_FUNC: tf_bottleneck_transform_v2}\n",
                   SFD_ERR_UNSUPPORTED, "supported: tf_bottleneck_transform_v1");
    expect_failure(DATA "}\nRESNET: {SPATIAL_DILATIONS: [[1, 1, 1], [1, 1, 1], [1, 1, 1], "
                        "[1, 1, 2]]}\n",
                   SFD_ERR_UNSUPPORTED, "for the audio pathway, only 1 is");
    expect_failure(DATA "}\nNONLOCAL: {LOCATION: [[[], [], []], [[], [], [1]], [[], [], []], "
                        "[[], [], []]]}\n",
                   SFD_ERR_UNSUPPORTED, "the audio pathway has no non-local blocks");
    expect_failure(HEAD "DATA: {NUM_FRAMES: 32, INPUT_CHANNEL_NUM: [3, 3, 3]}\n",
                   SFD_ERR_UNSUPPORTED, "sound has 1 channel");
}

/* A recorded configuration is checked as well. */
static void records_are_checked(void **state)
{
    (void)state;
    sfd_net_config c;
    sfd_error err;
    assert_true(sfd_preset_find(&c, "avslowfast_r50_8x8_ava"));
    assert_int_equal(sfd_net_config_check(&c, &err), SFD_OK);
    expect_recorded(&c);
    c.audio.fusion_convs = 100;
    char *json = sfd_net_config_to_json(&c);
    assert_non_null(json);
    assert_int_equal(sfd_net_config_from_json(&c, json, "weights", &err), SFD_ERR_FORMAT);
    assert_non_null(strstr(err.message, "AU_FUSION_CONV_NUM is 100"));
    free(json);
    assert_true(sfd_preset_find(&c, "avslowfast_r50_8x8_ava"));
    c.global_context = true;
    assert_int_equal(sfd_net_config_check(&c, &err), SFD_ERR_UNSUPPORTED);
    assert_non_null(strstr(err.message, "does not go with sound"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_read_and_recorded),
        cmocka_unit_test(bad_values_are_named),
        cmocka_unit_test(records_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
