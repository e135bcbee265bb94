# Compiler flags, ccache and the build types that the presets name.

find_program(CCACHE ccache)
if(CCACHE)
  # Precompiled headers hash differently unless ccache is told to look through them.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE})
endif()

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Dev CACHE STRING "" FORCE)
endif()
set(CMAKE_CXX_FLAGS_DEV "-O1 -g1 -D_GLIBCXX_ASSERTIONS")

add_library(waxseal_flags INTERFACE)
target_compile_options(waxseal_flags INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wformat=2 -Wnon-virtual-dtor -Woverloaded-virtual
  -Wno-missing-field-initializers   # designated initialisers leave the safe default on purpose
  # GCC 12 sees overflows in std::string::append and resize that cannot happen (GCC bugs 105329, 105651).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overflow>
  $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overread>
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
  $<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds>
  # ... and, when it optimises, uninitialised members in copies of std::variant (GCC bug 105593).
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<CONFIG:RelWithDebInfo,Release>>:-Wno-maybe-uninitialized>
  $<$<BOOL:${WAXSEAL_WERROR}>:-Werror>
  -fstack-protector-strong
  $<$<CXX_COMPILER_ID:GNU>:-fstack-clash-protection>
  $<$<CONFIG:RelWithDebInfo,Release>:-U_FORTIFY_SOURCE>
  $<$<CONFIG:RelWithDebInfo,Release>:-D_FORTIFY_SOURCE=2>
  $<$<CONFIG:RelWithDebInfo,Release>:-D_GLIBCXX_ASSERTIONS>)
target_compile_options(waxseal_flags INTERFACE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
# A build id of full length: package tools find debug symbols by it.
target_link_options(waxseal_flags INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed -Wl,--build-id=sha1)
find_program(LLD ld.lld)
if(LLD)
  target_link_options(waxseal_flags INTERFACE -fuse-ld=lld)
endif()

if(WAXSEAL_SANITIZE)
  target_compile_options(waxseal_flags INTERFACE
    -fsanitize=${WAXSEAL_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(waxseal_flags INTERFACE -fsanitize=${WAXSEAL_SANITIZE})
endif()
