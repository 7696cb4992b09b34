# Compiler settings shared by every target, and the one way to declare a library of this project.
add_library(noisefloor_options INTERFACE)
target_compile_options(noisefloor_options INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
    $<$<BOOL:${NOISEFLOOR_WERROR}>:-Werror>)
target_link_options(noisefloor_options INTERFACE -fuse-ld=gold)
if(NOISEFLOOR_SANITIZE)
    target_compile_options(noisefloor_options INTERFACE -fsanitize=${NOISEFLOOR_SANITIZE} -fno-omit-frame-pointer -g)
    target_link_options(noisefloor_options INTERFACE -fsanitize=${NOISEFLOOR_SANITIZE})
endif()

# Everything that touches tensors links this.
add_library(noisefloor_tensor INTERFACE)
target_link_libraries(noisefloor_tensor INTERFACE ${TORCH_LIBRARIES} OpenMP::OpenMP_CXX)

# ATen's headers take longer to read than most files that include them take to compile.
function(noisefloor_precompile_tensors target)
    target_precompile_headers(${target} PRIVATE <ATen/ATen.h> <nlohmann/json.hpp> ${ARGN})
    target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
endfunction()

# noisefloor_library(NAME SOURCES ... [PUBLIC ...] [PRIVATE ...]): static library with headers below include/.
function(noisefloor_library name)
    cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
    add_library(${name} STATIC ${ARG_SOURCES})
    target_include_directories(${name} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/include)
    target_link_libraries(${name} PUBLIC ${ARG_PUBLIC} PRIVATE noisefloor_options ${ARG_PRIVATE})
    set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
endfunction()
