# The SDK: what `cmake --install build/debug --prefix DIR` puts there. The directory can be moved.
#
#   bin/quire                  `quire cc`, `quire run`
#   include/quire/{c,pintos}   headers of the two libraries; system: those below both
#   lib/quire/                 the libraries, the linker script, the compiler's options
#   lib/cmake/Quire/           find_package(Quire), the toolchain file
#   share/quire/               the system itself and the front end's parts
set(CMAKE_INSTALL_MESSAGE NEVER)
install(PROGRAMS cmake/sdk/quire.in DESTINATION bin RENAME quire)
install(DIRECTORY libsys/c/include/ DESTINATION include/quire/c)
install(DIRECTORY libsys/pintos/include/ DESTINATION include/quire/pintos)
install(DIRECTORY libsys/include/ DESTINATION include/quire/system)
install(TARGETS quire_c quire_pintos ARCHIVE DESTINATION lib/quire)
install(FILES $<TARGET_OBJECTS:quire_crt0> DESTINATION lib/quire RENAME start.o)
install(FILES libsys/program.ld DESTINATION lib/quire)
install(DIRECTORY cmake/options/ DESTINATION lib/quire)
install(FILES cmake/sdk/QuireConfig.cmake DESTINATION lib/cmake/Quire)
install(FILES cmake/toolchain-quire.cmake DESTINATION lib/cmake/Quire RENAME toolchain.cmake)
install(PROGRAMS scripts/quire DESTINATION share/quire/scripts)
install(DIRECTORY scripts/quirelib DESTINATION share/quire/scripts FILES_MATCHING PATTERN "*.py")
install(DIRECTORY ${CMAKE_BINARY_DIR}/boot DESTINATION share/quire)
# The tools of the prompt, for `quire run --shell`.
get_property(programs GLOBAL PROPERTY QUIRE_PROGRAMS)
get_property(suite_programs GLOBAL PROPERTY QUIRE_SUITE_PROGRAMS)
list(REMOVE_ITEM programs ${suite_programs})
foreach(program IN LISTS programs)
    install(FILES ${CMAKE_BINARY_DIR}/root/${program} DESTINATION share/quire/root)
endforeach()

# Every build has its SDK, for `quire cc` from this tree and for the tests.
set(sdk ${CMAKE_BINARY_DIR}/sdk)
file(GLOB_RECURSE sdk_sources CONFIGURE_DEPENDS
    ${CMAKE_SOURCE_DIR}/libsys/include/*.h ${CMAKE_SOURCE_DIR}/libsys/c/include/*.h
    ${CMAKE_SOURCE_DIR}/libsys/pintos/include/*.h ${CMAKE_SOURCE_DIR}/scripts/quirelib/*.py
    ${CMAKE_SOURCE_DIR}/cmake/options/* ${CMAKE_SOURCE_DIR}/cmake/sdk/*)
add_custom_command(
    OUTPUT ${CMAKE_BINARY_DIR}/sdk-installed
    COMMAND ${CMAKE_COMMAND} -E rm -rf ${sdk}
    COMMAND sh -c "\"$0\" --install . --prefix sdk >sdk-installed" ${CMAKE_COMMAND}
    WORKING_DIRECTORY ${CMAKE_BINARY_DIR}
    DEPENDS ${CMAKE_BINARY_DIR}/staged quire_c quire_pintos quire_crt0 $<TARGET_OBJECTS:quire_crt0>
        libsys/program.ld cmake/toolchain-quire.cmake scripts/quire ${sdk_sources}
    COMMENT "Installing the SDK into the build tree"
    VERBATIM)
add_custom_target(sdk ALL DEPENDS ${CMAKE_BINARY_DIR}/sdk-installed)
add_dependencies(sdk stage)
