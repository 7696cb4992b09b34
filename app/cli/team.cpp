#include <app/cli/team.h>

#include <ldm/error.h>

#include <charconv>
#include <cstdlib>
#include <string_view>

namespace app::cli {

namespace {

std::string_view valueOf(const char* variable) {
    const char* value = std::getenv(variable);
    return value ? value : "";
}

int numberIn(const char* variable) {
    const std::string_view text = valueOf(variable);
    int number = -1;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || rest != text.data() + text.size() || number < 0)
        throw ldm::badInput(std::string("the environment variable ") + variable + " is '" + std::string(text) +
                            "', where mpirun puts a number; start the program with mpirun or unset it.");
    return number;
}

} // namespace

std::optional<Team> teamOf() {
    if (valueOf("OMPI_COMM_WORLD_SIZE").empty()) return std::nullopt;
    Team team;
    team.place = {numberIn("OMPI_COMM_WORLD_RANK"), numberIn("OMPI_COMM_WORLD_SIZE")};
    if (team.place.processes < 2) return std::nullopt;
    team.onThisMachine = numberIn("OMPI_COMM_WORLD_LOCAL_SIZE");
    team.job = valueOf("PMIX_NAMESPACE");
    team.survivesLosses = valueOf("OMPI_MCA_orte_enable_recovery") == "1";
    return team;
}

} // namespace app::cli
