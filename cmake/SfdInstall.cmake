# SPDX-License-Identifier: Apache-2.0
# `cmake --install`: library, headers, data, pkg-config file, CMake package. The programs install
# themselves in sfd_tool().
include(CMakePackageConfigHelpers)

# A shared library brings what it needs itself; a static one leaves that to its users.
list(JOIN SFD_LINK_FLAGS " " SFD_LIBS)
set(SFD_STATIC_TOO "")
if(BUILD_SHARED_LIBS)
  set(SFD_STATIC_TOO sfdet_static)
  string(PREPEND SFD_LIBS "\nLibs.private: ")
endif()

install(TARGETS sfdet ${SFD_STATIC_TOO} EXPORT sfdetTargets
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library NAMELINK_COMPONENT development
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development
        INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/sfdet DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        COMPONENT development)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/data/ava DESTINATION ${CMAKE_INSTALL_DATADIR}/sfdet
        COMPONENT programs)
install(FILES ${PROJECT_SOURCE_DIR}/data/demo/slowfast_demo.safetensors
              ${PROJECT_SOURCE_DIR}/data/demo/persons_demo.safetensors
        DESTINATION ${CMAKE_INSTALL_DATADIR}/sfdet/demo COMPONENT programs)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT licence)
install(FILES ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/CHANGELOG.md
        DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT documents)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs DESTINATION ${CMAKE_INSTALL_DOCDIR}
        COMPONENT documents PATTERN "*.in" EXCLUDE)

# The paths in the .pc file follow from its own place, so that the tree may be moved.
file(RELATIVE_PATH SFD_PC_TO_PREFIX /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
configure_file(${CMAKE_CURRENT_LIST_DIR}/sfdet.pc.in ${PROJECT_BINARY_DIR}/sfdet.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/sfdet.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
        COMPONENT development)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/sfdet)
install(EXPORT sfdetTargets NAMESPACE sfdet:: DESTINATION ${package_dir} COMPONENT development)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/sfdetConfig.cmake.in
                              ${PROJECT_BINARY_DIR}/sfdetConfig.cmake
                              INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/sfdetConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/sfdetConfig.cmake ${PROJECT_BINARY_DIR}/sfdetConfigVersion.cmake
        DESTINATION ${package_dir} COMPONENT development)

include(SfdHelp)
include(SfdPackage)
