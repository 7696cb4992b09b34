# Uses ccache where it is installed and the user has not chosen a launcher.
find_program(NOISEFLOOR_CCACHE ccache)
mark_as_advanced(NOISEFLOOR_CCACHE)
if(NOISEFLOOR_CCACHE AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
    # With precompiled headers the cache may only be used if it need not see their macros.
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${NOISEFLOOR_CCACHE})
endif()
