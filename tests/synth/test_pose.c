/* SPDX-License-Identifier: Apache-2.0 */
/* Kinematics and movements: own sine, limb lengths, ground contact, smoothness, mirroring. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "synth/motion.h"

#include <math.h>
#include <stdbool.h>

#define PI 3.14159265358979323846

static const double height = 1.75;

static void near(double a, double b, double tolerance)
{
    if (!(fabs(a - b) <= tolerance))
        fail_msg("%.12g is not within %g of %.12g", a, tolerance, b);
}

static void test_sine(void **state)
{
    (void)state;
    for (double d = -1000; d < 1000; d += 0.37) {
        near(sfd_sin_deg(d), sin(d * PI / 180), 1e-9);
        near(sfd_cos_deg(d), cos(d * PI / 180), 1e-9);
    }
}

static double distance(sfd_vec3 a, sfd_vec3 b)
{
    sfd_vec3 d = sfd_sub(a, b);
    return sqrt(sfd_dot(d, d));
}

/* Every movement at every phase: limbs keep their lengths, somebody who does not jump touches the
 * ground, nobody is below it. */
static void test_joints(void **state)
{
    (void)state;
    sfd_proportions size = sfd_proportions_make(height, 0.3, 1);
    for (int m = 0; m < SFD_N_MOTIONS; m++)
        for (double phase = 0; phase <= 1; phase += 0.04) {
            sfd_pose pose;
            sfd_joints j;
            sfd_motion_pose(&pose, &sfd_motions[m], phase);
            sfd_pose_joints(&j, &pose, &size);
            for (int s = 0; s < 2; s++) {
                near(distance(j.hip[s], j.knee[s]), size.thigh, 1e-6);
                near(distance(j.knee[s], j.ankle[s]), size.shank, 1e-6);
                near(distance(j.shoulder[s], j.elbow[s]), size.upper_arm, 1e-6);
                near(distance(j.elbow[s], j.wrist[s]), size.forearm, 1e-6);
                if (!(j.toe[s].z > 0 && j.knee[s].z > 0 && j.hand[s].z > 0))
                    fail_msg("motion %d phase %g: %g %g %g", m, phase, j.toe[s].z, j.knee[s].z,
                             j.hand[s].z);
            }
            assert_true(j.head.z > 0 && j.pelvis.z > 0);
            assert_true(pose.air < 0.7f);
        }
}

/* Upright is as tall as wanted, crouching is not. */
static void test_heights(void **state)
{
    (void)state;
    static const struct {
        sfd_motion_id motion;
        double low, high;
    } want[] = {{SFD_STAND, 0.95, 1.05},       {SFD_SIT, 0.6, 0.85},
                {SFD_SQUAT, 0.4, 0.72},        {SFD_LIE_ON_BACK, 0.02, 0.25},
                {SFD_LIE_ON_FRONT, 0.02, 0.3}, {SFD_KNEEL, 0.6, 0.85}};
    sfd_proportions size = sfd_proportions_make(height, 0, 1);
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        sfd_pose pose;
        sfd_joints j;
        sfd_motion_pose(&pose, &sfd_motions[want[i].motion], 0);
        sfd_pose_joints(&j, &pose, &size);
        double top = fmax(j.crown.z, j.head.z) / height;
        if (!(top > want[i].low && top < want[i].high))
            fail_msg("motion %d reaches up to %g of the body height", (int)want[i].motion, top);
    }
}

static double difference(const sfd_pose *a, const sfd_pose *b)
{
    double most = 0;
    for (size_t i = 0; i < SFD_POSE_FLOATS; i++)
        most = fmax(most, fabs(((const float *)a)[i] - ((const float *)b)[i]));
    return most;
}

static void test_smooth(void **state)
{
    (void)state;
    const double step = 1.0 / 512;
    for (int m = 0; m < SFD_N_MOTIONS + SFD_N_GESTURES; m++) {
        const sfd_motion *motion =
            m < SFD_N_MOTIONS ? &sfd_motions[m] : &sfd_gestures[m - SFD_N_MOTIONS].motion;
        for (double phase = -1; phase < 2; phase += step) {
            sfd_pose a, b;
            sfd_motion_pose(&a, motion, phase);
            sfd_motion_pose(&b, motion, phase + step);
            if (difference(&a, &b) > 6)
                fail_msg("motion %d jumps by %g at phase %g", m, difference(&a, &b), phase);
        }
    }
}

/* Key poses are met; a mirrored motion is its own mirror image half a cycle later. */
static void test_keys_and_mirroring(void **state)
{
    (void)state;
    for (int m = 0; m < SFD_N_MOTIONS; m++) {
        const sfd_motion *motion = &sfd_motions[m];
        for (size_t k = 0; k < motion->n_keys; k++) {
            sfd_pose p;
            sfd_motion_pose(&p, motion, motion->keys[k].at);
            near(difference(&p, &motion->keys[k].pose), 0, 1e-3);
        }
        if (motion->kind != SFD_MOTION_MIRRORED)
            continue;
        for (double phase = 0; phase < 0.5; phase += 0.07) {
            sfd_pose a, b;
            sfd_motion_pose(&a, motion, phase);
            sfd_motion_pose(&b, motion, phase + 0.5);
            sfd_pose_mirror(&b);
            near(difference(&a, &b), 0, 1e-3);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sine),
        cmocka_unit_test(test_joints),
        cmocka_unit_test(test_heights),
        cmocka_unit_test(test_smooth),
        cmocka_unit_test(test_keys_and_mirroring),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
