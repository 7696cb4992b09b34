# Uses ccache where it is installed and the user has not chosen a launcher.
find_program(NOISEFLOOR_CCACHE ccache)
mark_as_advanced(NOISEFLOOR_CCACHE)
if(NOISEFLOOR_CCACHE AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${NOISEFLOOR_CCACHE})
endif()
