# SPDX-License-Identifier: Apache-2.0
# `cmake --install` also makes manual pages (where help2man is) and completion for bash, zsh and fish
# out of the programs' own --help, which comes from their option tables.
if(CMAKE_CROSSCOMPILING)
  return()
endif()
install(CODE "execute_process(COMMAND sh ${PROJECT_SOURCE_DIR}/tools/help/make_help.sh
                              ${PROJECT_BINARY_DIR} ${PROJECT_BINARY_DIR}/help
                              COMMAND_ERROR_IS_FATAL ANY)" COMPONENT programs)
install(DIRECTORY ${PROJECT_BINARY_DIR}/help/man1 DESTINATION ${CMAKE_INSTALL_MANDIR}
        COMPONENT programs)
install(DIRECTORY ${PROJECT_BINARY_DIR}/help/bash/
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT programs)
install(DIRECTORY ${PROJECT_BINARY_DIR}/help/zsh/
        DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions COMPONENT programs)
install(DIRECTORY ${PROJECT_BINARY_DIR}/help/fish/
        DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d COMPONENT programs)
