# The CMake package of Quire's SDK: find_package(Quire).
#
#   quire_add_program(NAME SOURCES ... [PINTOS] [FILES ...] [INCLUDES ...] [LIBS ...] [OPTIONS ...])
#       An executable NAME for Quire. PINTOS: against the Pintos-compatible headers and library.
#       FILES: data files that lie beside it in the guest. OPTIONS: the compiler's. A target
#       run-NAME boots a machine that runs it.
#   QUIRE_COMMAND
#       The front end: add_test(NAME x COMMAND ${QUIRE_COMMAND} run --headless --program ...)
#
# A project that is for Quire alone is configured with
# -DCMAKE_TOOLCHAIN_FILE=PREFIX/lib/cmake/Quire/toolchain.cmake; its programs are executable
# targets like any others. In a project for another system a program quire/NAME is made beside
# it by `quire cc`, and target_...() commands do not reach it.
get_filename_component(QUIRE_PREFIX "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
set(QUIRE_COMMAND "${QUIRE_PREFIX}/bin/quire")

function(quire_read_options variable)
    set(options "")
    foreach(name IN LISTS ARGN)
        file(STRINGS "${QUIRE_PREFIX}/lib/quire/${name}.options" lines REGEX "^-")
        list(APPEND options ${lines})
    endforeach()
    set(${variable} ${options} PARENT_SCOPE)
endfunction()

# As an executable target, compiled and linked by CMake's own rules.
function(quire_add_executable name library)
    cmake_parse_arguments(PARSE_ARGV 2 PROGRAM "" "" "SOURCES;INCLUDES;LIBS;OPTIONS")
    quire_read_options(link_options link)
    set(script "${QUIRE_PREFIX}/lib/quire/program.ld")
    add_executable(${name} ${PROGRAM_SOURCES})
    target_compile_options(${name} PRIVATE $<$<COMPILE_LANGUAGE:C>:${PROGRAM_OPTIONS}>)
    target_include_directories(${name} PRIVATE ${PROGRAM_INCLUDES})
    target_include_directories(${name} SYSTEM PRIVATE
        "${QUIRE_PREFIX}/include/quire/${library}" "${QUIRE_PREFIX}/include/quire/system")
    target_link_options(${name} PRIVATE ${link_options} "SHELL:-T \"${script}\"")
    target_link_libraries(${name} PRIVATE ${PROGRAM_LIBS}
        "${QUIRE_PREFIX}/lib/quire/start.o" "${QUIRE_PREFIX}/lib/quire/libquire_${library}.a")
    set_property(TARGET ${name} APPEND PROPERTY LINK_DEPENDS ${script})
endfunction()

# By `quire cc`, whatever compiler the project uses.
function(quire_add_foreign_executable name library)
    cmake_parse_arguments(PARSE_ARGV 2 PROGRAM "" "" "SOURCES;INCLUDES;LIBS;OPTIONS")
    set(command "${QUIRE_COMMAND}" cc)
    if(library STREQUAL pintos)
        list(APPEND command --pintos)
    endif()
    set(includes "")
    foreach(path IN LISTS PROGRAM_INCLUDES)
        cmake_path(ABSOLUTE_PATH path BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE)
        list(APPEND includes "-I${path}")
    endforeach()
    set(objects "")
    foreach(source IN LISTS PROGRAM_SOURCES)
        cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE)
        list(LENGTH objects number)
        set(object "${CMAKE_CURRENT_BINARY_DIR}/${name}.dir/${number}.o")
        file(MAKE_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/${name}.dir")
        add_custom_command(OUTPUT "${object}"
            COMMAND ${command} ${PROGRAM_OPTIONS} ${includes} -MD -MF "${object}.d" -MT "${object}" -c "${source}" -o "${object}"
            DEPENDS "${source}" DEPFILE "${object}.d"
            COMMENT "Compiling ${source} for Quire" VERBATIM)
        list(APPEND objects "${object}")
    endforeach()
    set(program "${CMAKE_CURRENT_BINARY_DIR}/quire/${name}")
    file(MAKE_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/quire")
    add_custom_command(OUTPUT "${program}"
        COMMAND ${command} ${objects} ${PROGRAM_LIBS} -o "${program}"
        DEPENDS ${objects} "${QUIRE_PREFIX}/lib/quire/libquire_${library}.a"
        COMMENT "Linking ${name} for Quire" VERBATIM)
    add_custom_target(${name} ALL DEPENDS "${program}")
endfunction()

function(quire_add_program name)
    cmake_parse_arguments(PARSE_ARGV 1 PROGRAM "PINTOS" "" "SOURCES;FILES;INCLUDES;LIBS;OPTIONS")
    if(PROGRAM_UNPARSED_ARGUMENTS OR NOT PROGRAM_SOURCES)
        message(FATAL_ERROR "quire_add_program(NAME SOURCES ... [PINTOS] [FILES ...] "
            "[INCLUDES ...] [LIBS ...] [OPTIONS ...]): ${name} has no SOURCES, or what is not known: "
            "${PROGRAM_UNPARSED_ARGUMENTS}")
    endif()
    set(library c)
    set(options program)
    if(PROGRAM_PINTOS)
        set(library pintos)
        list(APPEND options pintos)
    endif()
    quire_read_options(options ${options})
    set(arguments SOURCES ${PROGRAM_SOURCES} INCLUDES ${PROGRAM_INCLUDES} LIBS ${PROGRAM_LIBS})
    if(QUIRE_TOOLCHAIN)
        quire_add_executable(${name} ${library} ${arguments} OPTIONS ${options} ${PROGRAM_OPTIONS})
        set(program "$<TARGET_FILE:${name}>")
    else()
        quire_add_foreign_executable(${name} ${library} ${arguments} OPTIONS ${PROGRAM_OPTIONS})
        set(program "${CMAKE_CURRENT_BINARY_DIR}/quire/${name}")
    endif()

    set(files "")
    foreach(path IN LISTS PROGRAM_FILES)
        cmake_path(ABSOLUTE_PATH path BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE)
        cmake_path(GET path FILENAME file)
        list(APPEND files --file "${path}:${file}")
    endforeach()
    add_custom_target(run-${name}
        COMMAND "${QUIRE_COMMAND}" run --headless --program "${program}=${name}" ${files}
        DEPENDS ${name} USES_TERMINAL VERBATIM)
endfunction()
