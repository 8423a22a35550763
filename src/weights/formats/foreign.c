/* SPDX-License-Identifier: Apache-2.0 */
/* Saying what a file is that is not what was wanted. */
#include "weights/formats/foreign.h"

#include "base/error.h"

#include <string.h>

#define ACCEPTED                                                                                   \
    "accepted: safetensors, PyTorch .pth/.pyth and Caffe2 .pkl of PySlowFast, MMAction2, "         \
    "PyTorchVideo; "                                                                               \
    "for finding persons, of YOLOX and Faster R-CNN (Detectron2, MMDetection, torchvision, "       \
    "Detectron)"

static bool looks_like_text(const unsigned char *data, size_t n)
{
    size_t shown = n < 512 ? n : 512;
    for (size_t i = 0; i < shown; i++)
        if (data[i] < 0x09 || (data[i] > 0x0D && data[i] < 0x20))
            return false;
    return n > 0;
}

/* Protobuf messages that begin with a version: ONNX (from 3 on, then the producer's name or the
 * graph) and TensorFlow's SavedModel (1, then the graph). */
static const char *protobuf_kind(const unsigned char *data, size_t n)
{
    if (n <= 4 || data[0] != 0x08 || data[1] >= 0x20 || (data[2] != 0x12 && data[2] != 0x3A))
        return NULL;
    return data[1] < 3 ? "a TensorFlow SavedModel" : "an ONNX model";
}

/* The last bytes of the index file of a TensorFlow checkpoint. */
static bool is_tensorflow_index(const unsigned char *data, size_t n)
{
    return n >= 48 && memcmp(data + n - 8, "\x57\xfb\x80\x8b\x24\x75\x47\xdb", 8) == 0;
}

sfd_status sfd_weights_fail_foreign(const sfd_weights *w, sfd_error *err)
{
    static const struct {
        size_t at;
        const char *magic;
        size_t n;
        const char *what;
    } known[] = {
        {0, "\x89HDF\r\n\x1a\n", 8, "an HDF5 file (Keras?)"},
        {0, "GGUF", 4, "a GGUF file"},
        {0, "\x1f\x8b", 2, "a gzip file: unpack it first"},
        {0, "BZh", 3, "a bzip2 file: unpack it first"},
        {0,
         "\xfd"
         "7zXZ",
         5, "an xz file: unpack it first"},
        {0, "7z\xbc\xaf", 4, "a 7z archive: unpack it first"},
        {257, "ustar", 5, "a tar archive: unpack it first (or a PyTorch file from before 0.1.10)"},
        {4, "TFL3", 4, "a TensorFlow Lite file"},
        {0, "\x93NUMPY", 6, "a single numpy array"},
        {0, "PK\5\6", 4, "an empty zip archive"},
        {4, "ftyp", 4, "a video"},
        {0, "\x1a\x45\xdf\xa3", 4, "a video"},
        {0, "\x00\x00\x00\x01", 4, "raw video"},
        {0,
         "\x7f"
         "ELF",
         4, "a program"},
        {0, "<!DOCTYPE", 9, "a web page: the download failed?"},
        {0, "<html", 5, "a web page: the download failed?"},
        {0, "version https://git-lfs", 23, "a Git LFS pointer: the file itself is not here"},
    };
    const unsigned char *data = w->file.data;
    size_t n = w->file.n_bytes;
    const char *what = NULL;
    if (n == 0)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: is empty; " ACCEPTED, w->origin);
    for (size_t i = 0; i < sizeof known / sizeof known[0] && !what; i++)
        if (n >= known[i].at + known[i].n &&
            memcmp(data + known[i].at, known[i].magic, known[i].n) == 0)
            what = known[i].what;
    if (!what && is_tensorflow_index(data, n))
        what = "the index of a TensorFlow checkpoint";
    if (!what)
        what = protobuf_kind(data, n);
    if (!what && looks_like_text(data, n))
        what = "a text file";
    if (!what)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: no known weight file; " ACCEPTED, w->origin);
    return sfd_fail(err, SFD_ERR_FORMAT, "%s: seems to be %s; " ACCEPTED, w->origin, what);
}
