# SPDX-License-Identifier: Apache-2.0
# The reference of the public interface: `cmake --build build --target doc` makes build/doc/html.
find_program(SFD_DOXYGEN doxygen)
configure_file(${PROJECT_SOURCE_DIR}/docs/Doxyfile.in ${PROJECT_BINARY_DIR}/Doxyfile @ONLY)
if(SFD_DOXYGEN)
  add_custom_target(doc COMMAND ${CMAKE_COMMAND} -E make_directory ${PROJECT_BINARY_DIR}/doc
                    COMMAND ${SFD_DOXYGEN} ${PROJECT_BINARY_DIR}/Doxyfile)
endif()
