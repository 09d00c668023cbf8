# The functions that the directories' CMakeLists.txt use.
#
#   quire_add_server(NAME SOURCES ... [LIBS ...] [INCLUDES ...])
#       A server (pager, console, fs-server, init): target NAME, file NAME.elf.
#   quire_add_first_task(NAME SOURCES ... [LIBS ...] [INCLUDES ...])
#       A kernel test that runs in the pager's place: built like a server, not on the ISO.
#   quire_add_program(NAME SOURCES ... [PINTOS] [SUITE] [FILES ...] [INCLUDES ...] [LIBS ...])
#       A program: target program-NAME, staged as NAME in the root directory of the disk
#       image, its FILES beside it. PINTOS: built against the Pintos headers. SUITE: part of
#       the guest test suite.
#   quire_stage_file(PATH [AS NAME])
#       Puts one more file into the root directory of the disk image.
#   quire_host_test(NAME SOURCES ... [INCLUDES ...] [DEFINES ...] [LIBS ...])
#       A cmocka unit test for the build machine. Relative paths count from the top of the
#       source tree, or else from tests/host.
#
# Three interface libraries carry the compiler options; link libraries with one of them
# (PUBLIC or PRIVATE as fits): quire_program_flags, quire_server_flags, quire_kernel_flags.

set(QUIRE_WARNINGS -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes)

if(NOT QUIRE_HOST)
    # What programs of other trees are built with too: one option a line.
    foreach(kind program pintos link)
        set(file ${CMAKE_SOURCE_DIR}/cmake/options/${kind}.options)
        file(STRINGS ${file} QUIRE_${kind}_OPTIONS REGEX "^-")
        set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    endforeach()

    add_library(quire_flags INTERFACE)
    target_compile_options(quire_flags INTERFACE $<$<COMPILE_LANGUAGE:C>:
        ${QUIRE_program_OPTIONS} -ffunction-sections -fdata-sections
        -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=>)
    target_compile_options(quire_flags INTERFACE $<$<COMPILE_LANGUAGE:ASM_NASM>:-g -Fdwarf -w+all -Werror>)
    target_compile_definitions(quire_flags INTERFACE $<$<CONFIG:Debug>:QUIRE_DEBUG=1>)
    target_include_directories(quire_flags INTERFACE ${CMAKE_SOURCE_DIR}/libsys/include)

    add_library(quire_warnings INTERFACE)
    target_compile_options(quire_warnings INTERFACE $<$<COMPILE_LANGUAGE:C>:${QUIRE_WARNINGS}>)

    add_library(quire_program_flags INTERFACE)
    target_link_libraries(quire_program_flags INTERFACE quire_flags quire_warnings)

    # Servers and the kernel leave the floating-point registers to the programs.
    add_library(quire_server_flags INTERFACE)
    target_compile_options(quire_server_flags INTERFACE $<$<COMPILE_LANGUAGE:C>:-mgeneral-regs-only>)
    target_link_libraries(quire_server_flags INTERFACE quire_flags quire_warnings)

    add_library(quire_kernel_flags INTERFACE)
    target_compile_options(quire_kernel_flags INTERFACE
        $<$<COMPILE_LANGUAGE:C>:-mno-red-zone -mcmodel=kernel>)
    target_link_libraries(quire_kernel_flags INTERFACE quire_server_flags)
endif()

# Links TARGET with a linker script and without host paths.
function(quire_link_with_script target script)
    target_link_options(${target} PRIVATE ${QUIRE_link_OPTIONS} --fatal-warnings "SHELL:-T ${script}")
    set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS ${script})
endfunction()

# What servers and first tasks have in common; ARGN is SOURCES, LIBS and INCLUDES.
function(quire_server_executable name directory)
    cmake_parse_arguments(PARSE_ARGV 2 SERVER "" "" "SOURCES;LIBS;INCLUDES")
    add_executable(${name} ${SERVER_SOURCES})
    set_target_properties(${name} PROPERTIES
        OUTPUT_NAME ${name}.elf RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/${directory})
    target_include_directories(${name} PRIVATE ${SERVER_INCLUDES} ${CMAKE_CURRENT_SOURCE_DIR})
    target_link_libraries(${name} PRIVATE ${SERVER_LIBS} quire_server quire_server_flags)
    quire_link_with_script(${name} ${CMAKE_SOURCE_DIR}/libsys/server.ld)
endfunction()

function(quire_add_server name)
    quire_server_executable(${name} servers ${ARGN})
    set_property(GLOBAL APPEND PROPERTY QUIRE_SERVERS ${name})
endfunction()

function(quire_add_first_task name)
    quire_server_executable(${name} kernel-tests ${ARGN})
endfunction()

function(quire_add_program name)
    cmake_parse_arguments(PARSE_ARGV 1 PROGRAM "PINTOS;SUITE" "" "SOURCES;FILES;INCLUDES;LIBS")
    # Targets have a prefix because programs are called `halt`, `exit` or `test` as they like.
    set(target program-${name})
    add_executable(${target} ${PROGRAM_SOURCES})
    set_target_properties(${target} PROPERTIES
        OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/programs)
    target_include_directories(${target} PRIVATE ${PROGRAM_INCLUDES})
    if(TARGET quire_crt0)
        target_sources(${target} PRIVATE $<TARGET_OBJECTS:quire_crt0>)
    endif()
    if(PROGRAM_PINTOS)
        target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:C>:
            ${QUIRE_pintos_OPTIONS} -Wall -Werror -Wno-unused-function -Wno-unused-variable>)
        target_link_libraries(${target} PRIVATE ${PROGRAM_LIBS} quire_pintos quire_flags)
    else()
        target_link_libraries(${target} PRIVATE ${PROGRAM_LIBS} quire_c quire_program_flags)
    endif()
    quire_link_with_script(${target} ${CMAKE_SOURCE_DIR}/libsys/program.ld)
    set_property(GLOBAL APPEND PROPERTY QUIRE_PROGRAMS ${name})
    if(PROGRAM_SUITE)
        set_property(GLOBAL APPEND PROPERTY QUIRE_SUITE_PROGRAMS ${name})
    endif()
    foreach(file IN LISTS PROGRAM_FILES)
        quire_stage_file(${file})
    endforeach()
endfunction()

function(quire_stage_file path)
    cmake_parse_arguments(PARSE_ARGV 1 STAGE "" "AS" "")
    cmake_path(ABSOLUTE_PATH path BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} NORMALIZE)
    if(NOT STAGE_AS)
        cmake_path(GET path FILENAME STAGE_AS)
    endif()
    set_property(GLOBAL APPEND PROPERTY QUIRE_FILES ${path}=${STAGE_AS})
endfunction()

function(quire_host_test name)
    cmake_parse_arguments(PARSE_ARGV 1 TEST "" "" "SOURCES;INCLUDES;DEFINES;LIBS")
    foreach(kind SOURCES INCLUDES)
        set(${kind} "")
        foreach(path IN LISTS TEST_${kind})
            if(IS_ABSOLUTE ${path})
                list(APPEND ${kind} ${path})
            elseif(EXISTS ${CMAKE_SOURCE_DIR}/${path})
                list(APPEND ${kind} ${CMAKE_SOURCE_DIR}/${path})
            else()
                list(APPEND ${kind} ${CMAKE_SOURCE_DIR}/tests/host/${path})
            endif()
        endforeach()
    endforeach()
    set(target host-${name})
    add_executable(${target} ${SOURCES})
    set_target_properties(${target} PROPERTIES OUTPUT_NAME ${name})
    target_include_directories(${target} PRIVATE
        ${INCLUDES} ${CMAKE_SOURCE_DIR}/tests/host ${CMAKE_SOURCE_DIR}/libsys/include)
    target_compile_definitions(${target} PRIVATE QUIRE_HOST=1 QUIRE_DEBUG=1 ${TEST_DEFINES})
    target_compile_options(${target} PRIVATE ${QUIRE_WARNINGS} -fno-strict-aliasing)
    target_link_libraries(${target} PRIVATE ${TEST_LIBS} cmocka)
    add_test(NAME host.${name} COMMAND ${target})
    set_tests_properties(host.${name} PROPERTIES LABELS host TIMEOUT 120)
endfunction()
