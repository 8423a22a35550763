/* SPDX-License-Identifier: Apache-2.0 */
/** @file
 * Looking into networks: layers, sizes, costs, times, random weights. */
#ifndef SFDET_INSPECT_H
#define SFDET_INSPECT_H

#include <sfdet/common.h>
#include <sfdet/model.h>
#include <sfdet/persons.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Names of the built-in networks and what they are, NULL past the end. */
SFD_API const char *sfd_preset_name(size_t i);
/** What the i-th built-in network is; NULL past the end. */
SFD_API const char *sfd_preset_description(size_t i);

/** A published checkpoint, as text: data/ava/zoo.csv. */
typedef struct sfd_zoo_entry {
    const char *name;          /**< stands for the file where weights are asked for */
    const char *code_base;     /**< "pyslowfast", ... */
    const char *file;          /**< its published name */
    const char *address;       /**< where to download it */
    const char *config;        /**< the configuration that goes with it */
    const char *dataset;       /**< what it was trained on */
    const char *metric;        /**< of the published result */
    const char *value;         /**< the published result, empty where there is none */
    const char *sha256_begins; /**< empty where nothing is published */
} sfd_zoo_entry;

/** Hands the table's rows to `fn` in order; they are lent for the call. Errors: SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_zoo_each(void (*fn)(void *user, const sfd_zoo_entry *entry), void *user,
                                sfd_error *err);

/** What a network is for. */
typedef enum sfd_network_use {
    SFD_USE_UNKNOWN,
    SFD_USE_ACTIONS, /**< weights of sfd_model_open */
    SFD_USE_PERSONS  /**< weights of sfd_person_model_open */
} sfd_network_use;

/** What a file's weights are for, as far as their tensors' names tell; SFD_USE_UNKNOWN also where
 * they cannot be read. `weights` as in sfd_model_settings. */
SFD_API sfd_network_use sfd_network_use_of(const char *weights);

/** Whether a file's weights are 8-bit integers (sfd_quantiser_write), which are computed as such;
 * false also where they cannot be read. `weights` as in sfd_model_settings. */
SFD_API bool sfd_weights_are_quantised(const char *weights);

/** A layer of a network. */
typedef struct sfd_layer_info {
    const char *name;    /**< PySlowFast's tensor prefix; owned by the network */
    const char *kind;    /**< "conv", "max pool", "attention", "linear" */
    int kernel[3];       /**< T, H, W */
    int stride[3];       /**< T, H, W */
    int dilation[3];     /**< T, H, W */
    int in_channels;     /**< of its input */
    int out_channels;    /**< of its output */
    int in_size[3];      /**< T, H, W */
    int out_size[3];     /**< T, H, W */
    size_t n_parameters; /**< learned values, batch norm's gain and bias included */
    double macs;         /**< multiply-adds */
    size_t reserved[4];  /**< room to grow, zero */
} sfd_layer_info;

/** A network as a whole. */
typedef struct sfd_network_totals {
    const char *name;        /**< owned by the network */
    int in_width;            /**< of the network's picture; 0: it only listens */
    int in_height;           /**< of the network's picture; 0: it only listens */
    size_t n_parameters;     /**< learned values */
    double macs;             /**< multiply-adds of a clip, without RoIAlign */
    size_t activation_bytes; /**< all layers' maps as run, memory shared where lifetimes allow */
    size_t unshared_bytes;   /**< if every map had memory of its own */
} sfd_network_totals;

typedef struct sfd_network sfd_network; /**< read-only once opened */

/** True for a text "SECTION.KEY" whose section is one of PySlowFast's configuration. */
SFD_API bool sfd_is_config_key(const char *text);

/** The network of weights, of a configuration (both as in sfd_model_settings), or of both at one
 * picture size; 0 x 0 stands for a square of the network's test size. Weights that do not fit their
 * network are no error here: the remarks tell. Errors: what reading the files gives, SFD_ERR_ARG
 * (size; neither config nor weights), SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_network_open(sfd_network **out, const char *weights, const char *config,
                                    int in_width, int in_height, sfd_error *err);
SFD_API void sfd_network_free(sfd_network *n); /**< takes NULL */
/** Backbone layers in running order and, last, the head. */
SFD_API size_t sfd_network_n_layers(const sfd_network *n);
/** Layer i < sfd_network_n_layers(); owned by the network. */
SFD_API const sfd_layer_info *sfd_network_layer(const sfd_network *n, size_t i);
SFD_API const sfd_network_totals *sfd_network_get_totals(const sfd_network *n); /**< owned by n */

/** Lines about preprocessing and head and, with weights, about the file: code base, assumptions,
 * missing, unknown, misshapen and ignored entries. NULL past the end. */
SFD_API const char *sfd_network_remark(const sfd_network *n, size_t i);

/** True when `text` names a preset. */
SFD_API bool sfd_is_preset(const char *text);

/** Writes any readable weights as safetensors with the network's configuration in the metadata, so
 * that the file needs no other. `config` as in sfd_model_settings; dtype "f32", "f16" or "bf16".
 * The weights are checked against the network first. Errors: as sfd_model_open, SFD_ERR_ARG
 * (dtype).
 * With `labels` (a list as in <sfdet/labels.h>; NULL: what the weights hold) the names of the
 * classes are stored, too. */
SFD_API sfd_status sfd_convert_weights(const char *weights, const char *config, const char *labels,
                                       const char *dtype, const char *path, sfd_error *err);

/** Writes random weights for a configuration as safetensors: the same for a seed on every machine,
 * activations of a magnitude of about one. */
SFD_API sfd_status sfd_write_random_weights(const char *config, uint64_t seed, const char *path,
                                            sfd_error *err);

/* ------------------------------------------------------------------ timing */

/** How to time a model. */
typedef struct sfd_bench_settings {
    size_t struct_size; /**< set by sfd_bench_settings_defaults() */
    int in_width;       /**< 0: the network's test size, 4:3 */
    int in_height;      /**< 0: the network's test size, 4:3 */
    int n_boxes;        /**< n_threads 0: one per core */
    int n_threads;      /**< n_threads 0: one per core */
    int n_runs;         /**< counted, after one that is not */
} sfd_bench_settings;

/** sfd_..._defaults() for callers of any header: struct_size is the size they know. */
SFD_API void sfd_bench_settings_defaults_sized(sfd_bench_settings *s, size_t struct_size);
/** Fills *s; to be called before any field is set. */
static inline void sfd_bench_settings_defaults(sfd_bench_settings *s)
{
    sfd_bench_settings_defaults_sized(s, sizeof *s);
}

/** One way to compute a layer. */
typedef struct sfd_bench_choice {
    const char *algorithm; /**< its name */
    double seconds;        /**< of one run */
    double rounding; /**< largest difference from sums in double, relative to the largest value */
    size_t reserved[4]; /**< room to grow, zero */
} sfd_bench_choice;

/** Time of one layer. */
typedef struct sfd_bench_layer {
    sfd_layer_info info;   /**< what it computes */
    const char *algorithm; /**< in use */
    double seconds;        /**< median */
    size_t n_choices; /**< filled by sfd_bench_choices only: best of three, outside the network */
    sfd_bench_choice *choices; /**< [n_choices] */
    size_t reserved[4];        /**< room to grow, zero */
} sfd_bench_layer;

/** Times of a model; made and freed by the library. */
typedef struct sfd_bench {
    const char *name;        /**< owned by the model */
    const char *cpu;         /**< owned by the model */
    int in_width;            /**< of the network's picture */
    int in_height;           /**< of the network's picture */
    int n_threads;           /**< that ran */
    int n_boxes;             /**< person boxes in the clip */
    int n_runs;              /**< counted */
    double median_s;         /**< a whole clip, from 8-bit frames to scores */
    double min_s;            /**< a whole clip, from 8-bit frames to scores */
    double macs;             /**< multiply-adds of a clip */
    size_t state_bytes;      /**< of the scratch memory */
    size_t weights_bytes;    /**< as in sfd_model_info */
    size_t n_layers;         /**< of the backbone */
    sfd_bench_layer *layers; /**< backbone layers in running order */
} sfd_bench;

/** Times a model on random frames. Errors: as sfd_state_create. */
SFD_API sfd_status sfd_bench_run(sfd_bench **out, const sfd_model *m,
                                 const sfd_bench_settings *settings, sfd_error *err);
/** Times every algorithm that could compute each convolution, on random values, and compares 64
 * positions of its output with sums in double. Errors: SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_bench_choices(sfd_bench *b, const sfd_model *m, sfd_error *err);
SFD_API void sfd_bench_free(sfd_bench *b); /**< takes NULL */

/** Times a person detector on a random picture, from 8-bit pixels to boxes; the settings' size is
 * the picture's (0: 1280x720), and n_boxes does not count. Errors: as sfd_person_finder_create. */
SFD_API sfd_status sfd_person_bench_run(sfd_bench **out, const sfd_person_model *m,
                                        const sfd_bench_settings *settings, sfd_error *err);
/** The same as sfd_bench_choices. */
SFD_API sfd_status sfd_person_bench_choices(sfd_bench *b, const sfd_person_model *m,
                                            sfd_error *err);

/** {"network", "cpu", "threads", "median_ms", "min_ms", "gflop", "layers": [...]}; "-" is stdout.
 */
SFD_API sfd_status sfd_bench_write_json(const sfd_bench *b, const char *path, sfd_error *err);

/** What the machine could do at most, for comparison. */
typedef struct sfd_machine {
    const char *cpu; /**< instruction set */
    int n_threads;   /**< that ran */
    double flops;    /**< float32 multiply-adds in registers, two operations each, per second */
    double copy_bytes_per_s; /**< read and written by copying memory */
    size_t reserved[4];      /**< room to grow, zero */
} sfd_machine;

/** Takes about half a second. cpu and n_threads as for models. Errors: SFD_ERR_ARG,
 * SFD_ERR_UNSUPPORTED, SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_measure_machine(sfd_machine *out, const char *cpu, int n_threads,
                                       sfd_error *err);

#ifdef __cplusplus
}
#endif
#endif
