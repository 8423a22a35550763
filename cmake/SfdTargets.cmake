# SPDX-License-Identifier: Apache-2.0
# Flags and helpers shared by all folders.
add_library(sfd_flags INTERFACE)
target_compile_features(sfd_flags INTERFACE c_std_11)
target_compile_definitions(sfd_flags INTERFACE _GNU_SOURCE)
# Fused multiply-adds are written as intrinsics where they are wanted: the evaluator's IoU and the
# RoIAlign coordinates must round after every operation.
target_compile_options(sfd_flags INTERFACE -Wall -Wextra -Wstrict-prototypes -Wmissing-prototypes
                       -Wshadow -ffp-contract=off -fno-math-errno)
if(SFD_WERROR)
  target_compile_options(sfd_flags INTERFACE -Werror)
endif()
if(SFD_SANITIZE)
  target_compile_options(sfd_flags INTERFACE -fsanitize=${SFD_SANITIZE} -fno-sanitize-recover=all
                         -fno-omit-frame-pointer)
  if(SFD_SANITIZE MATCHES "address.*undefined") # accesses that these ask about are AddressSanitizer's anyway
    target_compile_options(sfd_flags INTERFACE -fno-sanitize=null,object-size)
  endif()
  target_link_options(sfd_flags INTERFACE -fsanitize=${SFD_SANITIZE})
  if(CMAKE_C_COMPILER_ID MATCHES Clang) # sanitized loops are not vectorized, asked for or not
    target_compile_options(sfd_flags INTERFACE -Wno-pass-failed)
    find_program(SFD_LLD ld.lld) # a hundred programs with all of the runtime: a minute less
    if(SFD_LLD)
      target_link_options(sfd_flags INTERFACE -fuse-ld=lld)
    endif()
  endif()
endif()

include(SfdHardening)

# The folders in which fuzzers see which lines they reach. Counting costs a third of the speed, and
# nothing is learned from it in kernels and tests.
set(SFD_FUZZED annotations base boxes check config dataset eval media pickle pipeline report weights)
if(SFD_FUZZ)
  target_link_options(sfd_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# Loops over floats are where compilers for other machines failed at -O3 (gcc 12.2 for arm64); the rest of what is
# only emulated need not be fast.
set(SFD_FLOAT_LOOPS kernels graph detect input persons quant sound train)

set(SFD_COMPONENTS "" CACHE INTERNAL "")

# sfd_component(<folder> USES <folder> ... SOURCES a.c ... LIBS sfd::x ...): one object library per
# folder of src/. Inside, "folder/file.h" is found for the folder itself and those that it USES, the
# arrows of docs/architecture.md: an include against them does not compile. <sfdet/...> is include/.
function(sfd_component name)
  cmake_parse_arguments(ARG "" "" "USES;SOURCES;LIBS" ${ARGN})
  add_library(sfd_${name}_objects OBJECT ${ARG_SOURCES})
  set(seen ${PROJECT_BINARY_DIR}/arrows/${name})
  file(REMOVE_RECURSE ${seen})
  file(MAKE_DIRECTORY ${seen})
  foreach(folder ${name} ${ARG_USES})
    file(CREATE_LINK ${PROJECT_SOURCE_DIR}/src/${folder} ${seen}/${folder} SYMBOLIC)
  endforeach()
  target_include_directories(sfd_${name}_objects PRIVATE ${seen} ${PROJECT_SOURCE_DIR}/include)
  target_link_libraries(sfd_${name}_objects PUBLIC sfd_flags ${ARG_LIBS})
  target_compile_definitions(sfd_${name}_objects PRIVATE SFD_BUILDING)
  if(CMAKE_CROSSCOMPILING_EMULATOR AND name IN_LIST SFD_FLOAT_LOOPS)
    target_compile_options(sfd_${name}_objects PRIVATE -O3)
  endif()
  if(SFD_FUZZ AND name IN_LIST SFD_FUZZED)
    target_compile_options(sfd_${name}_objects PRIVATE -fsanitize=fuzzer-no-link)
  endif()
  set_target_properties(sfd_${name}_objects PROPERTIES C_VISIBILITY_PRESET hidden
                        POSITION_INDEPENDENT_CODE ON C_EXTENSIONS OFF)
  set(SFD_COMPONENTS ${SFD_COMPONENTS} ${name} CACHE INTERNAL "")
endfunction()

# sfd_test(<name> SOURCES t.c ... [ARGS ...] [LABELS ...]): a cmocka program linked with the
# internal library, run from tests/data. CTest shows one that skipped a test as skipped. Target
# thread_tests builds those labelled "threads".
add_custom_target(thread_tests)
# What is run by an emulator, built by the target arm64_tests.
add_custom_target(arm64_tests)
set(SFD_ARM64_TESTS attention conv golden graph_quantise not_finite qconv vector)
if(SFD_BUILD_TESTS)
  add_library(test_skips OBJECT ${PROJECT_SOURCE_DIR}/tests/support/skips.c)
  target_link_libraries(test_skips PRIVATE sfd_flags sfd::cmocka)
endif()
# What runs long begins early, lest it be alone at the end.
set(SFD_LONG_TESTS bad_videos broken_weights checkpoints conv convert draw eval_full full_size golden gradients
    graph_ops graph_types not_finite plan qconv rcnn rcnn_hostile train_persons video_reader world)
function(sfd_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;ARGS;LABELS" ${ARGN})
  add_executable(test_${name} ${ARG_SOURCES} $<TARGET_OBJECTS:test_skips>)
  target_link_options(test_${name} PRIVATE -Wl,--wrap=_skip,--wrap=_cmocka_run_group_tests)
  target_include_directories(test_${name} PRIVATE ${PROJECT_SOURCE_DIR}/src
                             ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(test_${name} PRIVATE sfdet_internal sfd::cmocka)
  add_test(NAME ${name} COMMAND test_${name} ${ARG_ARGS}
           WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}/tests/data)
  set_tests_properties(${name} PROPERTIES SKIP_RETURN_CODE 77 LABELS "${ARG_LABELS}")
  if(name IN_LIST SFD_LONG_TESTS)
    set_tests_properties(${name} PROPERTIES COST 90)
  endif()
  if(CMAKE_CROSSCOMPILING_EMULATOR AND name IN_LIST SFD_ARM64_TESTS)
    set_tests_properties(${name} PROPERTIES LABELS arm64 TIMEOUT 600)
    add_dependencies(arm64_tests test_${name})
  endif()
  if("threads" IN_LIST ARG_LABELS)
    add_dependencies(thread_tests test_${name})
  endif()
  sfd_test_environment(${name})
endfunction()

function(sfd_test_environment name)
  if(SFD_SANITIZE STREQUAL "thread")
    set_tests_properties(${name} PROPERTIES ENVIRONMENT "TSAN_OPTIONS=ignore_noninstrumented_modules=1")
  elseif(SFD_SANITIZE MATCHES "address") # traps of undefined behaviour in kernels
    set_tests_properties(${name} PROPERTIES ENVIRONMENT "ASAN_OPTIONS=handle_sigill=1")
  endif()
endfunction()

# sfd_tool(<name> [source.c ...]): a program of tools/<name>.c and what all share over the public library; it
# lies in the build's root and is installed. Data files are found from the program's own place, and
# so is the library: where a program is started from must not matter. It is linked twice, because
# CMake, where it rewrites the path at installation, leaves room for it as an empty element, which
# means the current directory.
include(GNUInstallDirs)
file(RELATIVE_PATH SFD_SHARE_FROM_BIN ${CMAKE_INSTALL_FULL_BINDIR}
     ${CMAKE_INSTALL_FULL_DATADIR}/sfdet)
file(RELATIVE_PATH SFD_LIB_FROM_BIN ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR})
# In /usr the system finds the library; anywhere else the tree may be moved.
set(SFD_RUNPATH "$ORIGIN/${SFD_LIB_FROM_BIN}")
if(CMAKE_INSTALL_PREFIX STREQUAL "/usr")
  set(SFD_RUNPATH "")
endif()
file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/share)
file(CREATE_LINK ${PROJECT_SOURCE_DIR}/data ${PROJECT_BINARY_DIR}/share/sfdet SYMBOLIC)
function(sfd_tool_objects name)
  add_library(${name}_objects OBJECT ${ARGN})
  target_link_libraries(${name}_objects PRIVATE sfd_flags sfdet)
  target_compile_definitions(${name}_objects PRIVATE SFD_SHARE_FROM_BIN="${SFD_SHARE_FROM_BIN}")
  if(SFD_SANITIZE)
    target_compile_definitions(${name}_objects PRIVATE CLI_SANITIZED)
  endif()
endfunction()
function(sfd_tool name)
  sfd_tool_objects(${name} ${name}.c ${ARGN})
  set(objects $<TARGET_OBJECTS:cli_objects> $<TARGET_OBJECTS:${name}_objects>)
  add_executable(${name} ${objects})
  add_executable(${name}_installed ${objects})
  foreach(program ${name} ${name}_installed)
    target_link_libraries(${program} PRIVATE sfd_flags sfdet m)
  endforeach()
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
  set_target_properties(${name}_installed PROPERTIES OUTPUT_NAME ${name}
                        RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/installed
                        BUILD_WITH_INSTALL_RPATH ON INSTALL_RPATH "${SFD_RUNPATH}")
  install(TARGETS ${name}_installed RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
          COMPONENT programs)
endfunction()

# sfd_tool_test(<name> [LABELS ...]): tests/tools/<name>.sh, run from tests/data with the build's
# root as its argument. Exit status 77 means skipped.
function(sfd_tool_test name)
  cmake_parse_arguments(ARG "" "" "LABELS" ${ARGN})
  add_test(NAME ${name} COMMAND sh ${CMAKE_CURRENT_SOURCE_DIR}/${name}.sh ${PROJECT_BINARY_DIR}
           WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}/tests/data)
  set_tests_properties(${name} PROPERTIES SKIP_RETURN_CODE 77 LABELS "tools;${ARG_LABELS}"
                       COST 100) # the longest are among these: they start first
  sfd_test_environment(${name})
endfunction()

# sfd_fuzz(<name> SOURCES f.c SEEDS folders and files): a libFuzzer program and a short run of it as a test.
function(sfd_fuzz name)
  if(NOT SFD_FUZZ)
    return()
  endif()
  cmake_parse_arguments(ARG "" "SECONDS" "SOURCES;SEEDS" ${ARGN})
  if(NOT ARG_SECONDS)
    set(ARG_SECONDS 2)
  endif()
  set(files ${ARG_SEEDS})
  list(FILTER files INCLUDE REGEX "\\.[a-z]+$") # folders have no endings
  list(REMOVE_ITEM ARG_SEEDS ${files})
  if(files)
    list(JOIN files "," files)
    list(APPEND ARG_SEEDS -seed_inputs=${files})
  endif()
  add_executable(fuzz_${name} ${ARG_SOURCES})
  target_include_directories(fuzz_${name} PRIVATE ${PROJECT_SOURCE_DIR}/src
                             ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(fuzz_${name} PRIVATE sfdet_internal)
  target_compile_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  set(corpus ${CMAKE_CURRENT_BINARY_DIR}/corpus_${name})
  file(MAKE_DIRECTORY ${corpus})
  add_test(NAME fuzz_${name}
           COMMAND fuzz_${name} -max_total_time=${ARG_SECONDS} -rss_limit_mb=2048 -timeout=10
                   -print_final_stats=1 ${corpus} ${ARG_SEEDS})
  set_tests_properties(fuzz_${name} PROPERTIES LABELS fuzz)
endfunction()
