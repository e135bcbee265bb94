# waxseal_library(NAME DEPS...)   static library from every .cpp of the folder
# waxseal_program(NAME DEPS...)   program from every .cpp of the folder and of methods/ and http/ below it; the code is a
#                                 library NAME_code, so that tests link it; main.cpp alone is the program
# waxseal_test(NAME DEPS...)      one test binary from every *_test.cpp of tests/unit/NAME

function(waxseal_precompile target)
  target_precompile_headers(${target} PRIVATE
    <algorithm> <array> <chrono> <cstdint> <functional> <map> <memory> <optional> <span> <string> <string_view>
    <unordered_map> <utility> <variant> <vector>)
endfunction()

function(waxseal_library name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  if(sources)
    add_library(waxseal_${name} STATIC ${sources})
    target_include_directories(waxseal_${name} PUBLIC ${PROJECT_SOURCE_DIR}/lib)
    target_link_libraries(waxseal_${name} PUBLIC ${ARGN} PRIVATE waxseal_flags)
    waxseal_precompile(waxseal_${name})
  else()
    add_library(waxseal_${name} INTERFACE)
    target_include_directories(waxseal_${name} INTERFACE ${PROJECT_SOURCE_DIR}/lib)
    target_link_libraries(waxseal_${name} INTERFACE ${ARGN})
  endif()
endfunction()

function(waxseal_program name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp ${CMAKE_CURRENT_SOURCE_DIR}/methods/*.cpp
       ${CMAKE_CURRENT_SOURCE_DIR}/http/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  string(REPLACE "-" "_" code ${name}_code)
  if(sources)
    add_library(${code} STATIC ${sources})
    target_include_directories(${code} PUBLIC ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/lib)
    target_link_libraries(${code} PUBLIC ${ARGN} PRIVATE waxseal_flags)
    waxseal_precompile(${code})
  else()
    add_library(${code} INTERFACE)
    target_link_libraries(${code} INTERFACE ${ARGN})
  endif()
  if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/main.cpp)
    add_executable(${name} main.cpp)
    target_link_libraries(${name} PRIVATE ${code} waxseal_flags)
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/lib)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
    target_compile_definitions(${name} PRIVATE WAXSEAL_VERSION="${PROJECT_VERSION}")
  endif()
endfunction()

function(waxseal_test name)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/unit/${name}/*_test.cpp)
  if(NOT sources)
    return()
  endif()
  add_executable(${name}_tests ${sources})
  target_include_directories(${name}_tests PRIVATE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/lib ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(${name}_tests PRIVATE ${ARGN} waxseal_flags GTest::gmock GTest::gtest_main)
  target_precompile_headers(${name}_tests PRIVATE <gtest/gtest.h> <string> <vector> <map> <optional>)
  target_compile_definitions(${name}_tests PRIVATE WAXSEAL_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  set_target_properties(${name}_tests PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  gtest_discover_tests(${name}_tests DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
    PROPERTIES TIMEOUT 120 TEST_PREFIX "${name}.")
endfunction()
