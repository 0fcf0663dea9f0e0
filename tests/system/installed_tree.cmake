# Installs the build tree BUILD below WORK, then configures, builds and runs
# APP against nothing but the installed files. Called by ctest.

set(prefix "${WORK}/prefix")
file(REMOVE_RECURSE "${WORK}")

function(step)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE result
    OUTPUT_VARIABLE output ERROR_VARIABLE output)
  message("${output}")
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "failed (${result}): ${ARGV}")
  endif()
endfunction()

step("${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${prefix}")

# Once with the core alone, once with everything.
foreach(component core actors)
  # The escaped semicolons keep the list in one argument.
  string(REPLACE ";" "\\;" search "${prefix};${PREFIX_PATH}")
  step("${CMAKE_COMMAND}" -G "${GENERATOR}" -S "${APP}" -B "${WORK}/${component}"
    -DCOMPONENT=${component} "-DCMAKE_PREFIX_PATH=${search}"
    "-DCAF_DIR=${CAF_DIR}"
    "-DCMAKE_CXX_COMPILER=${COMPILER}"
    "-DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER}")
  step("${CMAKE_COMMAND}" --build "${WORK}/${component}")
  step("${WORK}/${component}/app")
endforeach()
