# Where there is no SQLite, the project says what it wants, and can be configured
# without; then what depends on that compiles. Called by ctest; works below WORK.

string(REPLACE ";" "\\;" search "${PREFIX_PATH}")

# Sets `result` and `output`.
macro(configure here)
  file(REMOVE_RECURSE "${WORK}/${here}")
  execute_process(
    COMMAND "${CMAKE_COMMAND}" -G "${GENERATOR}" -S "${SOURCE}"
      -B "${WORK}/${here}" -DCMAKE_DISABLE_FIND_PACKAGE_SQLite3=ON
      -DHORDE_BUILD_TESTS=OFF -DHORDE_BUILD_EXAMPLES=OFF
      "-DCMAKE_PREFIX_PATH=${search}" "-DCAF_DIR=${CAF_DIR}"
      "-DCMAKE_CXX_COMPILER=${COMPILER}"
      "-DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER}" ${ARGN}
    RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
endmacro()

configure(on -DHORDE_WITH_SQLITE=ON)
string(REGEX REPLACE "[ \n]+" " " output "${output}")
if(result EQUAL 0
   OR NOT output MATCHES "needs SQLite .* With -DHORDE_WITH_SQLITE=OFF all else is built")
  message(FATAL_ERROR "not the sentence (${result}):\n${output}")
endif()

configure(off -DHORDE_WITH_SQLITE=OFF)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "failed without SQLite:\n${output}")
endif()
if(GENERATOR STREQUAL "Ninja") # others cannot be asked for one object file
  execute_process(
    COMMAND "${CMAKE_COMMAND}" --build "${WORK}/off"
      --target tools/horde/CMakeFiles/horde.dir/store_folder.cpp.o
    RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "does not compile without SQLite:\n${output}")
  endif()
endif()
