/* SPDX-License-Identifier: Apache-2.0 */
/* Forward kinematics. */
#include "synth/pose.h"

#include <math.h>

/* Drillis and Contini's segment lengths as shares of body height, rounded. */
sfd_proportions sfd_proportions_make(double height, double build, double leg_share)
{
    sfd_proportions s = {.height = height, .girth = 1 + 0.22 * build};
    double leg = 0.491 * height * leg_share, rest = height - leg - 0.039 * height;
    s.thigh = leg * 0.5;
    s.shank = leg * 0.5;
    s.foot = 0.148 * height;
    s.trunk = rest * 0.615;
    s.neck = rest * 0.10;
    s.head = 0.1 * height + 0.086; /* children have larger heads for their size */
    s.upper_arm = 0.172 * height;
    s.forearm = 0.148 * height;
    s.hand = 0.062 * height;
    s.hip_half = 0.052 * height * (1 + 0.06 * build);
    s.shoulder_half = 0.109 * height * (1 + 0.08 * build);
    return s;
}

static sfd_vec3 along(sfd_vec3 from, const sfd_rotation *r, double x, double y, double z)
{
    sfd_vec3 d = sfd_scale(r->col[0], x);
    d = sfd_add(d, sfd_scale(r->col[1], y));
    d = sfd_add(d, sfd_scale(r->col[2], z));
    return sfd_add(from, d);
}

static void place_arm(sfd_joints *j, int side, const sfd_arm *a, const sfd_rotation *chest,
                      const sfd_proportions *size)
{
    double out = side == SFD_LEFT ? 1 : -1;
    j->shoulder[side] = along(j->chest, chest, 0, out * size->shoulder_half, -0.016 * size->height);
    sfd_rotation upper = sfd_turn_y(sfd_turn_x(*chest, out * a->spread), -a->raise);
    upper = sfd_turn_z(upper, -out * a->turn);
    j->elbow[side] = along(j->shoulder[side], &upper, 0, 0, -size->upper_arm);
    sfd_rotation fore = sfd_turn_y(upper, -a->bend);
    j->wrist[side] = along(j->elbow[side], &fore, 0, 0, -size->forearm);
    j->hand[side] = along(j->wrist[side], &fore, 0, 0, -size->hand);
}

/* A foot under an upright shank lies flat whatever the shank's tilt; otherwise it goes with it. */
static void place_foot(sfd_joints *j, int side, double toes, const sfd_rotation *shank,
                       const sfd_rotation *pelvis, const sfd_proportions *size)
{
    sfd_vec3 down = sfd_scale(shank->col[2], -1);
    double upright = sfd_smooth((-down.z - 0.2) / 0.5);
    sfd_vec3 level = pelvis->col[0];
    level.z = 0;
    sfd_vec3 ahead = sfd_unit3(sfd_mix3(shank->col[0], sfd_unit3(level), upright));
    double c = sfd_cos_deg(toes), s = sfd_sin_deg(toes);
    sfd_vec3 sole = sfd_unit3(sfd_mix3(down, (sfd_vec3){0, 0, -1}, upright));
    sfd_vec3 point = sfd_add(sfd_scale(ahead, c), sfd_scale(sole, s));
    sfd_vec3 under = sfd_sub(sfd_scale(sole, c), sfd_scale(ahead, s));
    sfd_vec3 base = sfd_add(j->ankle[side], sfd_scale(under, 0.022 * size->height));
    j->heel[side] = sfd_sub(base, sfd_scale(point, 0.18 * size->foot));
    j->toe[side] = sfd_add(base, sfd_scale(point, 0.66 * size->foot));
}

static void place_leg(sfd_joints *j, int side, const sfd_leg *l, const sfd_rotation *pelvis,
                      const sfd_proportions *size)
{
    double out = side == SFD_LEFT ? 1 : -1;
    j->hip[side] = along(j->pelvis, pelvis, 0, out * size->hip_half, 0);
    sfd_rotation thigh = sfd_turn_y(sfd_turn_x(*pelvis, out * l->spread), -l->raise);
    j->knee[side] = along(j->hip[side], &thigh, 0, 0, -size->thigh);
    sfd_rotation shank = sfd_turn_y(thigh, l->bend);
    j->ankle[side] = along(j->knee[side], &shank, 0, 0, -size->shank);
    place_foot(j, side, l->toes, &shank, pelvis, size);
}

static void place_trunk(sfd_joints *j, const sfd_pose *p, const sfd_rotation *pelvis,
                        const sfd_proportions *size)
{
    sfd_rotation chest = sfd_turn_z(*pelvis, p->twist * 0.5);
    chest = sfd_turn_y(sfd_turn_x(chest, -p->side * 0.5), p->bow * 0.4);
    j->waist = along(j->pelvis, &chest, 0, 0, 0.38 * size->trunk);
    chest = sfd_turn_z(chest, p->twist * 0.5);
    chest = sfd_turn_y(sfd_turn_x(chest, -p->side * 0.5), p->bow * 0.6);
    j->chest = along(j->waist, &chest, 0, 0, 0.56 * size->trunk);
    j->chest_out = chest.col[0];
    for (int side = 0; side < 2; side++)
        place_arm(j, side, &p->arm[side], &chest, size);
    j->neck = along(j->chest, &chest, 0, 0, 0.06 * size->trunk + 0.2 * size->neck);
    sfd_rotation head = sfd_turn_y(sfd_turn_z(chest, p->look), p->nod);
    j->head = along(j->neck, &head, 0.12 * size->head, 0, 0.8 * size->neck + 0.42 * size->head);
    j->crown = along(j->head, &head, 0, 0, 0.5 * size->head);
    j->face = head.col[0];
}

static double lowest(const sfd_joints *j, const sfd_proportions *size)
{
    double limb = 0.028 * size->height * size->girth, body = 0.062 * size->height * size->girth;
    double z = j->pelvis.z - body;
    z = fmin(z, j->chest.z - body);
    z = fmin(z, j->head.z - 0.4 * size->head);
    for (int s = 0; s < 2; s++) {
        z = fmin(z, j->knee[s].z - limb * 1.2);
        z = fmin(z, fmin(j->heel[s].z, j->toe[s].z) - 0.012 * size->height);
        z = fmin(z, j->shoulder[s].z - limb);
        z = fmin(z, fmin(j->elbow[s].z, j->hand[s].z) - 0.6 * limb);
    }
    return z;
}

/* The foot that carries more weight is the lower one; passing it on is gradual. */
static sfd_vec3 footing(const sfd_joints *j, double roam)
{
    double weight[2], sum = 0;
    sfd_vec3 at = {0, 0, 0};
    double low = fmin(j->ankle[0].z, j->ankle[1].z);
    for (int s = 0; s < 2; s++) {
        double h = j->ankle[s].z - low + 0.04;
        sum += weight[s] = 1 / (h * h);
    }
    for (int s = 0; s < 2; s++)
        at = sfd_add(at, sfd_scale(j->ankle[s], weight[s] / sum));
    return sfd_mix3(at, j->pelvis, roam);
}

void sfd_pose_joints(sfd_joints *out, const sfd_pose *p, const sfd_proportions *size)
{
    sfd_rotation pelvis = sfd_turn_z(sfd_no_rotation(), p->turn);
    pelvis = sfd_turn_x(sfd_turn_y(pelvis, p->lean), -p->roll);
    out->pelvis = (sfd_vec3){0, 0, 0};
    place_trunk(out, p, &pelvis, size);
    for (int side = 0; side < 2; side++)
        place_leg(out, side, &p->leg[side], &pelvis, size);

    sfd_vec3 shift = footing(out, p->roam);
    shift.z = lowest(out, size) - fmax(p->air, 0) * (size->thigh + size->shank);
    sfd_vec3 *places = (sfd_vec3 *)out; /* all members up to the directions */
    for (size_t i = 0; i < offsetof(sfd_joints, face) / sizeof *places; i++)
        places[i] = sfd_sub(places[i], shift);
}

void sfd_pose_mix(sfd_pose *out, const sfd_pose *a, const sfd_pose *b, double t)
{
    const float *x = (const float *)a, *y = (const float *)b;
    float *z = (float *)out;
    for (size_t i = 0; i < SFD_POSE_FLOATS; i++)
        z[i] = (float)(x[i] + (y[i] - x[i]) * t);
}

void sfd_pose_mirror(sfd_pose *p)
{
    sfd_arm arm = p->arm[SFD_LEFT];
    sfd_leg leg = p->leg[SFD_LEFT];
    p->arm[SFD_LEFT] = p->arm[SFD_RIGHT];
    p->leg[SFD_LEFT] = p->leg[SFD_RIGHT];
    p->arm[SFD_RIGHT] = arm;
    p->leg[SFD_RIGHT] = leg;
    p->roll = -p->roll;
    p->turn = -p->turn;
    p->side = -p->side;
    p->twist = -p->twist;
    p->look = -p->look;
}
