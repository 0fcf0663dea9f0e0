# Installation: the libraries, their headers and the package files with which
# a user's find_package(horde_caf) works.

include(CMakePackageConfigHelpers)
set(HORDE_CMAKE_DIR "${CMAKE_INSTALL_LIBDIR}/cmake/horde_caf")

# horde_install_libraries(COMPONENT TARGETS...): installs libraries with their
# header sets as one component of the package; horde_x becomes horde::x.
function(horde_install_libraries component)
  foreach(target IN LISTS ARGN)
    string(REGEX REPLACE "^horde_" "" name "${target}")
    set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  endforeach()
  install(TARGETS ${ARGN} EXPORT horde_caf-${component}-targets
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
    LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
    FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
  install(EXPORT horde_caf-${component}-targets NAMESPACE horde::
    DESTINATION "${HORDE_CMAKE_DIR}")
endfunction()

# Installs what find_package(horde_caf) reads. Call it when all targets exist.
function(horde_install_package)
  configure_package_config_file(
    "${PROJECT_SOURCE_DIR}/cmake/horde_caf-config.cmake.in"
    "${PROJECT_BINARY_DIR}/horde_caf-config.cmake"
    INSTALL_DESTINATION "${HORDE_CMAKE_DIR}"
    NO_SET_AND_CHECK_MACRO)
  write_basic_package_version_file(
    "${PROJECT_BINARY_DIR}/horde_caf-config-version.cmake"
    COMPATIBILITY SameMinorVersion)
  install(FILES
    "${PROJECT_BINARY_DIR}/horde_caf-config.cmake"
    "${PROJECT_BINARY_DIR}/horde_caf-config-version.cmake"
    "${PROJECT_SOURCE_DIR}/cmake/FindCAF.cmake"
    "${PROJECT_SOURCE_DIR}/cmake/FindCares.cmake"
    "${PROJECT_SOURCE_DIR}/cmake/FindUrcu.cmake"
    "${PROJECT_SOURCE_DIR}/cmake/FindxxHash.cmake"
    DESTINATION "${HORDE_CMAKE_DIR}")
endfunction()
