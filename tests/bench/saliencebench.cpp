// Trains small classifiers of emoji whose backgrounds give them away, plainly and with pseudo-interventions, and prints
// how they do where backgrounds say nothing: the numbers of docs/salience.md.
#include "spread.h"

#include <analysis/ppi.h>

#include <ldm/error.h>
#include <ldm/threads.h>

#include <CLI/CLI.hpp>

#include <ctime>
#include <filesystem>
#include <iostream>
#include <map>

namespace {

namespace ppi = analysis::ppi;
using analysis::SalienceMethod;

struct Arm {
    const char* name;
    ppi::Training training;
};

std::vector<Arm> arms() {
    ppi::Training plain;
    plain.intervenes = false;
    ppi::Training blanking; // what masks mark, in grey, and nothing else
    blanking.unrelated = ppi::Unrelated::OthersMask;
    blanking.threshold = 0.25;
    blanking.blur = 1;
    blanking.blankedWeight = 1;
    return {{"plain", plain}, {"blanking", blanking}, {"PPI", {}}};
}

struct Options {
    int seeds = 5;
    std::string only;
    std::string save;
};

const std::map<std::string, double> kDomains{{"in", 0.95}, {"out", 0}};

using Row = std::array<Spread, 5>; ///< accuracy, pointing, overlap, deletion, insertion

void add(Row& row, double accuracy, const ppi::Judgement::Method& method) {
    const std::array values{accuracy, method.pointing, method.overlap, method.deletion, method.insertion};
    for (std::size_t i = 0; i < row.size(); ++i) row[i].add(values[i]);
}

void measure(const Arm& arm, const Options& options) {
    const ppi::Objects objects = ppi::Objects::embedded();
    std::map<std::pair<std::string, std::string>, Row> rows; // domain, method
    for (int seed = 0; seed < options.seeds; ++seed) {
        ppi::Training training = arm.training;
        training.seed = std::uint64_t(1000 * seed);
        const ppi::Trained trained = *ppi::train(objects, training);
        if (seed == 0 && !options.save.empty()) {
            std::filesystem::create_directories(options.save);
            trained.save(options.save);
        }
        for (const auto& [domain, correlation] : kDomains) {
            ppi::Trial trial;
            trial.correlation = correlation;
            trial.methods = analysis::allSalienceMethods();
            const ppi::Judgement judgement = *ppi::judge(trained.evaluator(), objects, trial);
            for (const auto& method : judgement.methods)
                add(rows[{domain, analysis::nameOf(method.method)}], judgement.accuracy, method);
        }
    }
    for (const auto& [key, row] : rows) {
        std::printf("| %s | %s | %s |", arm.name, key.first.c_str(), key.second.c_str());
        for (const Spread& spread : row) std::printf(" %.3f ± %.3f |", spread.mean(), spread.deviation());
        std::printf("\n");
    }
    std::printf("processor time: %.0f s for %d seeds with their judgement\n", double(std::clock()) / CLOCKS_PER_SEC,
                options.seeds);
    std::fflush(stdout);
}

} // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App program("Trains classifiers plainly and with pseudo-interventions and compares them");
    program.add_option("--seeds", options.seeds, "trainings of each kind")->check(CLI::Range(1, 1000));
    program.add_option("--only", options.only, "one kind instead of all: its name in the table");
    program.add_option("--save", options.save, "folder for the first classifier of the last kind");
    CLI11_PARSE(program, argc, argv);
    ldm::configureRuntime(1);
    std::printf("| training | domain | map | accuracy | pointing | overlap | deletion | insertion |\n");
    std::printf("|---|---|---|---|---|---|---|---|\n");
    try {
        for (const Arm& arm : arms())
            if (options.only.empty() || options.only == arm.name) measure(arm, options);
    } catch (const ldm::Error& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
    return 0;
}
