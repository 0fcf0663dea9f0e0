# Finds liburcu's "bulletproof" flavour: target Urcu::bp.
# (Debian's liburcu-dev has no CMake package files.)

find_path(Urcu_INCLUDE_DIR urcu/urcu-bp.h)
find_library(Urcu_bp_LIBRARY urcu-bp)
mark_as_advanced(Urcu_INCLUDE_DIR Urcu_bp_LIBRARY)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Urcu
  REQUIRED_VARS Urcu_bp_LIBRARY Urcu_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "On Debian it is in liburcu-dev.")

if(Urcu_FOUND AND NOT TARGET Urcu::bp)
  add_library(Urcu::bp UNKNOWN IMPORTED)
  set_target_properties(Urcu::bp PROPERTIES
    IMPORTED_LOCATION "${Urcu_bp_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${Urcu_INCLUDE_DIR}")
endif()
