# SPDX-License-Identifier: Apache-2.0
# Every outside library, found in one place; a missing one is named with its Debian package.
find_package(PkgConfig REQUIRED)

# How to link with all of them: for users of the static library. These libraries themselves are meant
# to be shared ones.
set(SFD_LINK_FLAGS "")

# sfd_require(<target suffix> <Debian package> <pkg-config module>...): makes sfd::<suffix>.
function(sfd_require suffix package)
  pkg_check_modules(${suffix} QUIET IMPORTED_TARGET ${ARGN})
  if(NOT ${suffix}_FOUND)
    message(FATAL_ERROR "${ARGN} not found: install the Debian package ${package}")
  endif()
  add_library(sfd::${suffix} ALIAS PkgConfig::${suffix})
  set(SFD_LINK_FLAGS ${SFD_LINK_FLAGS} ${${suffix}_LDFLAGS} PARENT_SCOPE)
endfunction()

# For libraries without a pkg-config file.
function(sfd_require_header suffix package header library)
  find_path(SFD_${suffix}_INCLUDE ${header} PATH_SUFFIXES stb)
  if(library)
    find_library(SFD_${suffix}_LIBRARY ${library})
  endif()
  if(NOT SFD_${suffix}_INCLUDE OR (library AND NOT SFD_${suffix}_LIBRARY))
    message(FATAL_ERROR "${header} not found: install the Debian package ${package}")
  endif()
  add_library(sfd_${suffix} INTERFACE)
  target_include_directories(sfd_${suffix} SYSTEM INTERFACE ${SFD_${suffix}_INCLUDE})
  if(library)
    target_link_libraries(sfd_${suffix} INTERFACE ${SFD_${suffix}_LIBRARY})
    set(SFD_LINK_FLAGS ${SFD_LINK_FLAGS} -l${library} PARENT_SCOPE)
  endif()
  add_library(sfd::${suffix} ALIAS sfd_${suffix})
endfunction()

sfd_require(ffmpeg "libavformat-dev libavcodec-dev libavfilter-dev libswscale-dev libswresample-dev libavutil-dev"
            libavformat libavcodec libavfilter libswscale libswresample libavutil)
# Loaded when a camera is opened: it brings fifty libraries along. Only its header is used here.
pkg_check_modules(avdevice QUIET libavdevice)
if(NOT avdevice_FOUND)
  message(FATAL_ERROR "libavdevice not found: install the Debian package libavdevice-dev")
endif()
sfd_require(openblas libopenblas-dev openblas)
sfd_require(cjson libcjson-dev libcjson)
sfd_require(yaml libyaml-dev yaml-0.1)
sfd_require(xml2 libxml2-dev libxml-2.0)
sfd_require(zlib zlib1g-dev zlib)
sfd_require_header(csv libcsv-dev csv.h csv)
sfd_require_header(stb libstb-dev stb_truetype.h "")
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
list(APPEND SFD_LINK_FLAGS -lm -pthread)
if(SFD_BUILD_TESTS)
  pkg_check_modules(cmocka QUIET IMPORTED_TARGET cmocka)
  if(NOT cmocka_FOUND)
    message(FATAL_ERROR "cmocka not found: install the Debian package libcmocka-dev")
  endif()
  add_library(sfd::cmocka ALIAS PkgConfig::cmocka)
endif()
