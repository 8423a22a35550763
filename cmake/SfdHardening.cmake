# SPDX-License-Identifier: Apache-2.0
# What makes a fault in the reading of foreign files harder to exploit; tests/check_hardening.sh looks
# at the results. It costs less than 0.5 % of `sfmodel bench`.
include(CheckCCompilerFlag)
include(CheckPIESupported)

set(CMAKE_POSITION_INDEPENDENT_CODE ON)
check_pie_supported(LANGUAGES C) # CMP0083: only after it are programs linked with -pie

target_compile_options(sfd_flags INTERFACE -fstack-protector-strong)
target_link_options(sfd_flags INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack)
check_c_compiler_flag(-fcf-protection SFD_HAS_CF_PROTECTION) # x86 only
if(SFD_HAS_CF_PROTECTION)
  target_compile_options(sfd_flags INTERFACE -fcf-protection)
endif()
# Checks sizes that optimisation finds out; sanitizers bring their own versions of these functions.
# Some distributions' compilers define it already.
if(NOT SFD_SANITIZE)
  target_compile_options(sfd_flags INTERFACE
                         $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=2>)
endif()
