# SPDX-License-Identifier: Apache-2.0
# `tools/make_packages.sh` (cpack): Debian packages libsfdet, libsfdet-dev, sfdet and sfdet-doc, and one
# archive that runs from wherever it is unpacked. The same sources give the same bytes.
set(SFD_MAINTAINER "sfdetect@packages.invalid" CACHE STRING "Address in Debian packages")
set(CPACK_PACKAGE_NAME sfdet)
set(CPACK_PACKAGE_VENDOR "the sfdetect authors")
set(CPACK_PACKAGE_CONTACT "The sfdetect authors <${SFD_MAINTAINER}>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "") # would be the first line of each package's own
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_STRIP_FILES ON)
set(CPACK_GENERATOR TGZ)
set(CPACK_PACKAGE_FILE_NAME ${PROJECT_NAME}-${PROJECT_VERSION}-${CMAKE_SYSTEM_NAME}-${CMAKE_SYSTEM_PROCESSOR})

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION video)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PROJECT_BINARY_DIR})
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
file(WRITE ${PROJECT_BINARY_DIR}/triggers "activate-noawait ldconfig\n")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA ${PROJECT_BINARY_DIR}/triggers)

# sfd_package(<component> <package> "<one line>" "<more>" [KEY VALUE]...)
function(sfd_package component package summary description)
  string(TOUPPER ${component} name)
  set(CPACK_DEBIAN_${name}_PACKAGE_NAME ${package} PARENT_SCOPE)
  set(CPACK_COMPONENT_${name}_DESCRIPTION "${summary}\n${description}" PARENT_SCOPE)
  while(ARGN)
    list(POP_FRONT ARGN key value)
    set(CPACK_DEBIAN_${name}_PACKAGE_${key} "${value}" PARENT_SCOPE)
  endwhile()
  if(CMAKE_INSTALL_PREFIX STREQUAL "/usr") # else these would be in the archive
    set(doc ${CMAKE_INSTALL_DATADIR}/doc/${package})
    install(FILES ${PROJECT_SOURCE_DIR}/cmake/debian/copyright DESTINATION ${doc}
            COMPONENT ${component})
    install(FILES ${PROJECT_BINARY_DIR}/changelog.gz DESTINATION ${doc} COMPONENT ${component})
  endif()
endfunction()

set(library libsfdet${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
set(same "(= ${PROJECT_VERSION})")
sfd_package(library ${library} "action detection with SlowFast networks: library"
            "The shared library of sfdetect, which finds people in videos and tells what\nthey do."
            SECTION libs RECOMMENDS "libavdevice59, fonts-dejavu-core")
sfd_package(development libsfdet-dev "action detection with SlowFast networks: headers"
            "Headers, static library, pkg-config file and CMake package of libsfdet."
            SECTION libdevel DEPENDS "${library} ${same}")
sfd_package(programs sfdet "action detection with SlowFast networks: programs"
            "Finds the people in a video, follows them, and labels what each of them does\nwith AVA's actions: sfdetect, and programs that classify whole videos, find\npersons, evaluate, draw, make a page for the browser, convert and check data\nsets, train, quantise, and render a synthetic world."
            DEPENDS "${library} ${same}" RECOMMENDS fonts-dejavu-core)
sfd_package(documents sfdet-doc "action detection with SlowFast networks: documents"
            "Manuals of sfdetect and how its parts work." SECTION doc ARCHITECTURE all SHLIBDEPS OFF)
set(CPACK_COMPONENTS_ALL library development programs documents)
if(NOT CMAKE_INSTALL_PREFIX STREQUAL "/usr")
  list(APPEND CPACK_COMPONENTS_ALL licence)
endif()

if(CMAKE_INSTALL_PREFIX STREQUAL "/usr")
  string(TIMESTAMP SFD_DATE "%a, %d %b %Y %H:%M:%S +0000" UTC) # follows SOURCE_DATE_EPOCH
  configure_file(${PROJECT_SOURCE_DIR}/cmake/debian/changelog.in ${PROJECT_BINARY_DIR}/changelog @ONLY)
  execute_process(COMMAND gzip -9nc ${PROJECT_BINARY_DIR}/changelog
                  OUTPUT_FILE ${PROJECT_BINARY_DIR}/changelog.gz COMMAND_ERROR_IS_FATAL ANY)
endif()
include(CPack)
