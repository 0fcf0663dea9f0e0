# FindCAF refuses the CAF lines that we do not support with a sentence that says
# what is wanted. Called by ctest; works below WORK.

foreach(version 0.16.3 0.17.5 0.18.7 0.19.5)
  string(REPLACE "." ";" parts "${version}")
  list(GET parts 1 minor)
  list(GET parts 2 patch)
  math(EXPR number "${minor} * 100 + ${patch}")
  set(here "${WORK}/${version}")
  file(REMOVE_RECURSE "${here}")
  file(WRITE "${here}/include/caf/config.hpp" "#define CAF_VERSION ${number}\n")
  file(WRITE "${here}/CMakeLists.txt" "cmake_minimum_required(VERSION 3.24)
project(app LANGUAGES CXX)
set(CMAKE_FIND_USE_CMAKE_SYSTEM_PATH OFF)
set(CMAKE_FIND_USE_SYSTEM_ENVIRONMENT_PATH OFF)
find_package(CAF REQUIRED)
")
  execute_process(
    COMMAND "${CMAKE_COMMAND}" -S "${here}" -B "${here}/build"
      "-DCMAKE_MODULE_PATH=${MODULES}" "-DCMAKE_PREFIX_PATH=${here}"
      "-DCMAKE_CXX_COMPILER=${COMPILER}"
    RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(result EQUAL 0)
    message(FATAL_ERROR "CAF ${version} was accepted:\n${output}")
  endif()
  string(REGEX REPLACE "[ \n]+" " " output "${output}")
  if(NOT output MATCHES "CAF ${version} in [^ ]+ is not supported. Wanted is CAF 0.17.6 .* or CAF 1.x")
    message(FATAL_ERROR "CAF ${version}: not the sentence:\n${output}")
  endif()
endforeach()
