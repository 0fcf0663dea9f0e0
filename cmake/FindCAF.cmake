# Finds the C++ Actor Framework in one of the two lines that we support:
#
#   1.x     by its own package files (CMAKE_PREFIX_PATH says where)
#   0.17.6  as Debian and Ubuntu ship it: headers and libraries, no package files
#
# Everything else is refused with a sentence; 0.18 and 0.19 have neither the old
# nor the new interface. Components: core, io, openssl (default: core and io).
# Gives the targets CAF::core, CAF::io, CAF::openssl and CAF_VERSION.
# This file is installed, too: users of the installed library come through it.

if(NOT CAF_FIND_COMPONENTS)
  set(CAF_FIND_COMPONENTS core io)
  set(CAF_FIND_REQUIRED_core TRUE)
  set(CAF_FIND_REQUIRED_io TRUE)
endif()
set(_caf_wanted "Wanted is CAF 0.17.6 (Debian: libcaf-dev) or CAF 1.x. \
CMAKE_PREFIX_PATH can name the folder of another installation.")

include(FindPackageHandleStandardArgs)
find_package(OpenSSL QUIET) # CAF's files use its targets without looking for it
find_package(Threads QUIET)
# CMake would also take any /opt/caf*: what is built must not hang on a folder
# that nobody named. (CMAKE_PREFIX_PATH=/opt/caf-x names it.)
set(_caf_ignored ${CMAKE_IGNORE_PREFIX_PATH})
list(APPEND CMAKE_IGNORE_PREFIX_PATH /opt)
find_package(CAF 1.0 CONFIG QUIET)
set(CMAKE_IGNORE_PREFIX_PATH ${_caf_ignored})

if(CAF_FOUND AND TARGET CAF::core)
  foreach(_caf_component IN LISTS CAF_FIND_COMPONENTS)
    if(TARGET CAF::${_caf_component})
      set(CAF_${_caf_component}_FOUND TRUE)
    endif()
  endforeach()
  find_package_handle_standard_args(CAF
    REQUIRED_VARS CAF_DIR VERSION_VAR CAF_VERSION HANDLE_COMPONENTS)
  return()
endif()

# No package files that fit: look for 0.17.6 itself.
find_path(CAF_INCLUDE_DIR caf/config.hpp DOC "The folder that holds caf/")
mark_as_advanced(CAF_INCLUDE_DIR)
unset(CAF_VERSION)
if(CAF_INCLUDE_DIR)
  file(STRINGS "${CAF_INCLUDE_DIR}/caf/config.hpp" _caf_line
    REGEX "^#define CAF_VERSION [0-9]+")
  if(_caf_line MATCHES "CAF_VERSION ([0-9]+)")
    math(EXPR _caf_major "${CMAKE_MATCH_1} / 10000")
    math(EXPR _caf_minor "${CMAKE_MATCH_1} / 100 % 100")
    math(EXPR _caf_patch "${CMAKE_MATCH_1} % 100")
    set(CAF_VERSION "${_caf_major}.${_caf_minor}.${_caf_patch}")
  endif()
  if(NOT CAF_VERSION)
    set(CAF_VERSION "unknown")
  endif()
  if(NOT CAF_VERSION MATCHES "^0\\.17\\." OR CAF_VERSION VERSION_LESS 0.17.6)
    set(_caf_refusal "CAF ${CAF_VERSION} in ${CAF_INCLUDE_DIR} is not supported. \
${_caf_wanted}")
    set(CAF_FOUND FALSE)
    unset(CAF_INCLUDE_DIR CACHE) # so that the next try looks again
    if(CAF_FIND_REQUIRED)
      message(FATAL_ERROR "${_caf_refusal}")
    elseif(NOT CAF_FIND_QUIETLY)
      message(STATUS "${_caf_refusal}")
    endif()
    return()
  endif()
endif()

foreach(_caf_component IN LISTS CAF_FIND_COMPONENTS)
  find_library(CAF_${_caf_component}_LIBRARY caf_${_caf_component})
  mark_as_advanced(CAF_${_caf_component}_LIBRARY)
  if(CAF_INCLUDE_DIR AND CAF_${_caf_component}_LIBRARY)
    set(CAF_${_caf_component}_FOUND TRUE)
  endif()
endforeach()
find_package_handle_standard_args(CAF
  REQUIRED_VARS CAF_INCLUDE_DIR VERSION_VAR CAF_VERSION HANDLE_COMPONENTS
  REASON_FAILURE_MESSAGE "${_caf_wanted}")

if(CAF_FOUND)
  foreach(_caf_component IN LISTS CAF_FIND_COMPONENTS)
    if(CAF_${_caf_component}_FOUND AND NOT TARGET CAF::${_caf_component})
      add_library(CAF::${_caf_component} UNKNOWN IMPORTED)
      set_target_properties(CAF::${_caf_component} PROPERTIES
        IMPORTED_LOCATION "${CAF_${_caf_component}_LIBRARY}")
      # Never "-isystem /usr/include": that breaks <cstdlib>. It is a system
      # folder already, so its warnings are off anyhow.
      if(NOT CAF_INCLUDE_DIR IN_LIST CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES)
        set_target_properties(CAF::${_caf_component} PROPERTIES
          INTERFACE_INCLUDE_DIRECTORIES "${CAF_INCLUDE_DIR}")
      endif()
    endif()
  endforeach()
  if(TARGET CAF::core)
    set_property(TARGET CAF::core PROPERTY INTERFACE_LINK_LIBRARIES Threads::Threads)
  endif()
  if(TARGET CAF::io)
    set_property(TARGET CAF::io PROPERTY INTERFACE_LINK_LIBRARIES CAF::core)
  endif()
  if(TARGET CAF::openssl)
    set_property(TARGET CAF::openssl PROPERTY
      INTERFACE_LINK_LIBRARIES CAF::io OpenSSL::SSL OpenSSL::Crypto)
  endif()
endif()
