# Finds c-ares, which asks DNS servers: target Cares::cares.
# (Debian's libc-ares-dev has no CMake package files.)

find_path(Cares_INCLUDE_DIR ares.h)
find_library(Cares_LIBRARY cares)
mark_as_advanced(Cares_INCLUDE_DIR Cares_LIBRARY)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Cares
  REQUIRED_VARS Cares_LIBRARY Cares_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "On Debian it is in libc-ares-dev.")

if(Cares_FOUND AND NOT TARGET Cares::cares)
  add_library(Cares::cares UNKNOWN IMPORTED)
  set_target_properties(Cares::cares PROPERTIES
    IMPORTED_LOCATION "${Cares_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${Cares_INCLUDE_DIR}")
endif()
