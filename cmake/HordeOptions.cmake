# Options and the flags that all our targets share.

include(CMakeDependentOption)
if(PROJECT_IS_TOP_LEVEL)
  include(CTest) # gives BUILD_TESTING, on unless said otherwise
endif()

option(HORDE_BUILD_ACTORS "Build what links CAF" ON)
cmake_dependent_option(HORDE_BUILD_TESTS "Build the tests" ON
  "PROJECT_IS_TOP_LEVEL;BUILD_TESTING" OFF)
cmake_dependent_option(HORDE_BUILD_TOOLS "Build the horde program" ON
  "HORDE_BUILD_ACTORS" OFF)
cmake_dependent_option(HORDE_BUILD_EXAMPLES "Build the examples" ON
  "PROJECT_IS_TOP_LEVEL;HORDE_BUILD_ACTORS" OFF)
option(HORDE_WITH_SQLITE "Build the store that keeps a horde in a SQLite file"
  ${PROJECT_IS_TOP_LEVEL})
option(HORDE_BUILD_BENCHMARKS "Build the benchmarks" OFF)
option(HORDE_BUILD_FUZZERS "Build the fuzzers (needs Clang)" OFF)
option(HORDE_WERROR "Treat warnings in our code as errors" ${PROJECT_IS_TOP_LEVEL})
set(HORDE_SANITIZE "" CACHE STRING "Sanitizers for -fsanitize=, e.g. address,undefined")

if(PROJECT_IS_TOP_LEVEL)
  set(CMAKE_CXX_EXTENSIONS OFF)
  set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
  # The target all_verify_interface_header_sets: each public header alone.
  set(CMAKE_VERIFY_INTERFACE_HEADER_SETS ON)
  if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
  endif()
  find_program(HORDE_CCACHE ccache)
  mark_as_advanced(HORDE_CCACHE)
  if(HORDE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER "${HORDE_CCACHE}")
  endif()
endif()

# Link this into every target of ours, privately: it is not for users.
add_library(horde_flags INTERFACE)
target_compile_features(horde_flags INTERFACE cxx_std_20)
target_compile_options(horde_flags INTERFACE -Wall -Wextra -Wpedantic
  $<$<BOOL:${HORDE_WERROR}>:-Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Both are wrong about the standard library's own code when GCC 12 optimises:
  # operator+("text", string&&), and a std::variant moved into a vector.
  # Clang's -Wuninitialized (clang-tidy runs it) still looks at ours.
  target_compile_options(horde_flags INTERFACE
    -Wno-restrict -Wno-maybe-uninitialized)
endif()
if(HORDE_SANITIZE)
  # CAF 0.17.6 binds references to null in its own headers: no "null" check.
  target_compile_options(horde_flags INTERFACE
    -fsanitize=${HORDE_SANITIZE} -fno-sanitize=null -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  target_link_options(horde_flags INTERFACE -fsanitize=${HORDE_SANITIZE})
endif()
