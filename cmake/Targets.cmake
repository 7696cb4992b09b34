# Compiler settings shared by every target, and the one way to declare a library of this project.
add_library(noisefloor_options INTERFACE)
target_compile_options(noisefloor_options INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
    $<$<BOOL:${NOISEFLOOR_WERROR}>:-Werror>)
# GCC 12 takes texts that are added up for overlapping or too long copies (its bugs 105329 and 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    target_compile_options(noisefloor_options INTERFACE
        -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
endif()
target_link_options(noisefloor_options INTERFACE -fuse-ld=gold)
if(NOISEFLOOR_SANITIZE)
    target_compile_options(noisefloor_options INTERFACE -fsanitize=${NOISEFLOOR_SANITIZE} -fno-omit-frame-pointer -g)
    target_link_options(noisefloor_options INTERFACE -fsanitize=${NOISEFLOOR_SANITIZE})
    # Instrumented code hides from GCC 12 that std::regex sets what it reads.
    target_compile_options(noisefloor_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
endif()

# Everything that touches tensors links this.
add_library(noisefloor_tensor INTERFACE)
target_link_libraries(noisefloor_tensor INTERFACE ${TORCH_LIBRARIES} OpenMP::OpenMP_CXX)

# ccache wants to see what a precompiled header stands for.
add_library(noisefloor_precompiled INTERFACE)
target_compile_options(noisefloor_precompiled INTERFACE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)

# Headers that take longer to read than most files that include them take to compile.
function(noisefloor_precompile target)
    target_link_libraries(${target} PRIVATE noisefloor_precompiled)
    target_precompile_headers(${target} PRIVATE ${ARGN})
endfunction()

# Those of tensors are the same for all libraries, which have the same options.
set(noisefloor_tensor_headers <ATen/ATen.h> <nlohmann/json.hpp>)
file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/noisefloor_tensorheaders.cpp CONTENT "")
add_library(noisefloor_tensorheaders OBJECT ${CMAKE_CURRENT_BINARY_DIR}/noisefloor_tensorheaders.cpp)
set_target_properties(noisefloor_tensorheaders PROPERTIES POSITION_INDEPENDENT_CODE ON)
target_link_libraries(noisefloor_tensorheaders
    PRIVATE noisefloor_precompiled noisefloor_options noisefloor_tensor nlohmann_json::nlohmann_json)
target_precompile_headers(noisefloor_tensorheaders PRIVATE ${noisefloor_tensor_headers})
function(noisefloor_share_tensor_headers target)
    target_link_libraries(${target} PRIVATE noisefloor_precompiled)
    target_precompile_headers(${target} REUSE_FROM noisefloor_tensorheaders)
endfunction()

# noisefloor_library(NAME SOURCES ... [PUBLIC ...] [PRIVATE ...]): static library with headers below include/.
function(noisefloor_library name)
    cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
    add_library(${name} STATIC ${ARG_SOURCES})
    target_include_directories(${name} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/include)
    target_link_libraries(${name} PUBLIC ${ARG_PUBLIC} PRIVATE noisefloor_options ${ARG_PRIVATE})
    set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
endfunction()

# noisefloor_exact_sources(FILES): every product in them is rounded before it is added to, so that results are the same on
# every machine. Vectors are passed between inlined functions alone, so their calling convention does not matter.
function(noisefloor_exact_sources)
    set(options -ffp-contract=off -Wno-psabi)
    if(NOT NOISEFLOOR_SANITIZE) # GCC 12 crashes while it optimizes them so much and instruments them
        list(APPEND options -O3)
    endif()
    set_source_files_properties(${ARGN} PROPERTIES COMPILE_OPTIONS "${options}")
endfunction()
