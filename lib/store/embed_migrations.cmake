# Writes OUTPUT: the SQL files of INPUTS, by name, as waxseal::store::embedded_migrations().
list(SORT INPUTS)
set(rows "")
foreach(path IN LISTS INPUTS)
  get_filename_component(name ${path} NAME_WE)
  file(READ ${path} text)
  string(APPEND rows "      {\"${name}\", R\"waxseal_sql(${text})waxseal_sql\"},\n")
endforeach()
file(WRITE ${OUTPUT}
"// Generated from schema/*.sql by embed_migrations.cmake.
#include \"store/embedded_migrations.h\"

namespace waxseal::store {

const std::vector<EmbeddedMigration>& embedded_migrations() {
  static const std::vector<EmbeddedMigration> kMigrations = {
${rows}  };
  return kMigrations;
}

}  // namespace waxseal::store
")
