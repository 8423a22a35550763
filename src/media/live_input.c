/* SPDX-License-Identifier: Apache-2.0 */
/* Cameras by libavdevice, streams by libavformat's protocols. */
#include "media/live_input.h"

#include "base/alloc.h"

#include <dlfcn.h>
#include <libavdevice/avdevice.h>
#include <libavutil/macros.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* What streams may be made of: the kinds, and what they are carried by. */
#define PROTOCOLS                                                                                  \
    "udp,udplite,rtp,srtp,tcp,tls,http,https,httpproxy,crypto,hls,rtmp,rtmps,rtmpt,rtmpts,rtsp,"   \
    "rtsps,srt"

static const char *const kinds[] = {"rtsp://",  "rtsps://", "rtmp://", "rtmps://", "http://",
                                    "https://", "udp://",   "tcp://",  "rtp://",   "srt://"};

static const char *find_scheme(const char *source)
{
    const char *end = strstr(source, "://");
    return end && end > source && strcspn(source, "/") == (size_t)(end - source) + 1 ? end : NULL;
}

static bool is_device(const char *source)
{
    struct stat st;
    return stat(source, &st) == 0 && S_ISCHR(st.st_mode) && strcmp(source, "-") != 0;
}

bool sfd_live_input_is_pipe(const char *source)
{
    return !find_scheme(source) && !is_device(source);
}

char *sfd_live_input_name(const char *source)
{
    const char *scheme = find_scheme(source);
    char *name = NULL;
    if (!scheme)
        return sfd_strdup(source);
    const char *host = scheme + 3;
    const size_t n_host = strcspn(host, "/?#");
    for (size_t i = 0; i < n_host; i++) /* a password may have an @ as well */
        if (scheme[3 + i] == '@')
            host = scheme + 3 + i + 1;
    if (asprintf(&name, "%.*s%s", (int)(scheme + 3 - source), source, host) < 0)
        return NULL;
    return name;
}

static bool is_known(const char *source)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strncmp(source, kinds[i], strlen(kinds[i])) == 0)
            return true;
    return false;
}

/* libavdevice, loaded for its cameras only and for good: libavformat keeps pointers into it. NULL:
 * not installed. */
static const AVInputFormat *find_camera_format(void)
{
    void *library =
        dlopen("libavdevice.so." AV_STRINGIFY(LIBAVDEVICE_VERSION_MAJOR), RTLD_NOW | RTLD_LOCAL);
    void (*register_all)(void) = NULL;
    void *symbol = library ? dlsym(library, "avdevice_register_all") : NULL;
    if (!symbol)
        return NULL;
    memcpy(&register_all, &symbol, sizeof symbol);
    register_all();
    return av_find_input_format("v4l2");
}

int sfd_live_input_open(AVFormatContext **format, const char *source)
{
    const AVInputFormat *camera = NULL;
    AVDictionary *options = NULL;
    int code = 0;
    if (is_device(source)) {
        camera = find_camera_format();
        code = camera ? 0 : AVERROR_DEMUXER_NOT_FOUND;
    } else if (!is_known(source)) {
        code = AVERROR_PROTOCOL_NOT_FOUND;
    } else {
        code = av_dict_set(&options, "protocol_whitelist", PROTOCOLS, 0);
        if (code >= 0) /* over UDP, pictures with holes are usual */
            code = av_dict_set(&options, "rtsp_flags", "prefer_tcp", 0);
        if (code >= 0)
            code = av_dict_set(&options, "scan_all_pmts", "1", 0);
    }
    if (code >= 0)
        code = avformat_open_input(format, source, camera, &options);
    av_dict_free(&options);
    if (code < 0) {
        avformat_free_context(*format);
        *format = NULL;
    }
    return code;
}

const char *sfd_live_input_host_fault(const char *source)
{
    char host[256] = "";
    struct addrinfo *found = NULL;
    if (find_scheme(source))
        av_url_split(NULL, 0, NULL, 0, host, sizeof host, NULL, NULL, 0, source);
    if (host[0] == '\0')
        return NULL;
    const int code = getaddrinfo(host, NULL, NULL, &found);
    if (code == 0)
        freeaddrinfo(found);
    return code ? gai_strerror(code) : NULL;
}
