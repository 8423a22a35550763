# SPDX-License-Identifier: Apache-2.0
# Toolchain for arm64 on another machine: Debian's cross compiler with the libraries that tools/install_arm64.sh took
# apart under SFD_ARM64_ROOT; qemu runs the programs.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES SFD_ARM64_ROOT)

set(CMAKE_SYSROOT ${SFD_ARM64_ROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${SFD_ARM64_ROOT})
set(ENV{PKG_CONFIG_LIBDIR} ${SFD_ARM64_ROOT}/usr/lib/aarch64-linux-gnu/pkgconfig:${SFD_ARM64_ROOT}/usr/share/pkgconfig)

# Every feature that a kernel asks for is there, unless QEMU_CPU in the environment says otherwise.
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64-static;-L;${SFD_ARM64_ROOT})
