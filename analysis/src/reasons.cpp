#include "searchproblem.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

namespace analysis {

namespace {

constexpr double kMiB = 1024.0 * 1024.0;

std::string fixed(double value, int decimals) {
    char text[64];
    std::snprintf(text, sizeof text, "%.*f", decimals, value);
    return text;
}

std::string percent(double share) {
    if (share > 0 && share < 0.001) return "under 0.1 %";
    return fixed(100 * share, share < 0.1 ? 1 : 0) + " %";
}

/// "w8a8", or "w8 with a16, a8, a8 over time".
std::string described(const std::vector<quant::Format>& formats) {
    std::string text = quant::toString(formats.front());
    bool varies = false;
    for (std::size_t part = 1; part < formats.size(); ++part) {
        varies = varies || formats[part] != formats.front();
        text += ", " + quant::toString(formats[part]);
    }
    return varies ? text + " over the first, middle and last steps" : quant::toString(formats.front());
}

/// The format that most weights have at most parts of time.
quant::Format commonFormat(const SearchProblem& problem, const std::vector<int>& chosen) {
    std::map<quant::Format, double> weights;
    for (std::size_t group = 0; group < chosen.size(); ++group)
        for (const quant::Format format : problem.groups()[group].options[std::size_t(chosen[group])].formats)
            weights[format] += problem.groups()[group].weights;
    quant::Format common;
    double most = -1;
    for (const auto& [format, count] : weights) {
        if (count <= most) continue;
        most = count;
        common = format;
    }
    return common;
}

/// What a group's choice changes against the format of most others.
class Reason {
public:
    Reason(const SearchProblem& problem, double noise) : m_problem(problem), m_noise(noise) {}

    std::string of(const RowGroup& group, const Option& chosen, quant::Format common) const {
        if (group.locked) return "locked";
        const Option usual = m_problem.option(group, std::vector<quant::Format>(m_problem.parts().size(), common));
        const bool isNoDearer = chosen.bytes <= usual.bytes && chosen.bops <= usual.bops;
        if (chosen.noise <= usual.noise && isNoDearer)
            return "lowered to " + described(chosen.formats) + ": saves " + price(chosen, usual) +
                   " for 0 % of the output noise";
        if (chosen.noise <= usual.noise) return raised(group, usual, chosen, common);
        const double added = m_noise > 0 ? (chosen.noise - usual.noise) / m_noise : 1;
        return "lowered to " + described(chosen.formats) + ": saves " + price(chosen, usual) + " for " +
               percent(added) + " of the output noise";
    }

private:
    std::string raised(const RowGroup& group, const Option& usual, const Option& chosen, quant::Format common) const {
        const double before = m_noise - chosen.noise + usual.noise;
        const double removed = std::isfinite(before) && before > 0 ? (usual.noise - chosen.noise) / before : 1;
        return "raised to " + described(chosen.formats) + ": " + accumulated(group, common) + "removes " +
               percent(removed) + " of the output noise for " + price(usual, chosen);
    }

    /// "11.8 dB accumulated, ", of the loudest row, where that was measured.
    std::string accumulated(const RowGroup& group, quant::Format common) const {
        const SqnrMap* map = m_problem.analysis().find(Metric::Accumulated, common);
        double least = kExact;
        for (const int row : group.rows) {
            if (!map || !map->grid.rowComplete(row)) return {};
            least = std::min(least, summarize(map->grid, row, m_problem.analysis().timesteps).meanDb);
        }
        return std::isfinite(least) ? fixed(least, 1) + " dB accumulated, " : std::string{};
    }

    /// What `dear` costs more than `cheap`: in weights, else in computing, else in measured time.
    static std::string price(const Option& cheap, const Option& dear) {
        const double bytes = dear.bytes - cheap.bytes;
        if (bytes > 0) return fixed(bytes / kMiB, bytes < 0.1 * kMiB ? 3 : 1) + " MiB";
        const double bops = dear.bops - cheap.bops;
        if (bops > 0) return fixed(bops / 1e9, 2) + " GBOPs";
        const double seconds = dear.seconds - cheap.seconds; // not a number where it was not measured
        if (seconds > 0) return fixed(1e3 * seconds, 3) + " ms";
        return "nothing";
    }

    const SearchProblem& m_problem;
    double m_noise; ///< of the whole choice
};

/// Rules that give one row its formats, as far as they differ from the default.
void addRules(quant::Recipe& recipe, const SearchProblem& problem, const std::string& id, const Option& option,
              const std::string& why) {
    const quant::Format first = option.formats.front();
    bool varies = false;
    for (const quant::Format format : option.formats) varies = varies || format != first;
    quant::Rule rule{id, {}, {}, {}, why};
    if (first.weights != recipe.base.weights) rule.weights = first.weights;
    if (!varies && first.activations != recipe.base.activations) rule.activations = first.activations;
    if (rule.weights || rule.activations) recipe.rules.push_back(rule);
    if (!varies) return;
    for (std::size_t part = 0; part < option.formats.size(); ++part) {
        if (option.formats[part].activations == recipe.base.activations) continue;
        recipe.rules.push_back({id, {}, option.formats[part].activations, problem.parts()[part].timesteps, why});
    }
}

/// What one set of rules is about: a group, or a whole block whose groups are treated alike.
struct Treated {
    std::vector<std::string> matches; ///< of the rules
    RowGroup group;
    Option option;
};

/// The groups of one block that may be treated as one.
bool areAlike(const SearchProblem& problem, const std::vector<int>& chosen, const std::vector<std::size_t>& groups) {
    const auto optionOf = [&](std::size_t group) {
        return problem.groups()[group].options[std::size_t(chosen[group])];
    };
    return std::all_of(groups.begin(), groups.end(), [&](std::size_t group) {
        return !problem.groups()[group].locked && optionOf(group) == optionOf(groups.front());
    });
}

std::vector<Treated> treatedOf(const SearchProblem& problem, const std::vector<int>& chosen) {
    std::vector<std::vector<std::size_t>> blocks; // groups follow the order of execution, block by block
    for (std::size_t group = 0; group < chosen.size(); ++group) {
        const bool continues =
            group > 0 && problem.blockOf(problem.groups()[group]) == problem.blockOf(problem.groups()[group - 1]);
        if (!continues) blocks.emplace_back();
        blocks.back().push_back(group);
    }
    std::vector<Treated> all;
    for (const auto& groups : blocks) {
        const bool asOne = groups.size() > 1 && areAlike(problem, chosen, groups);
        if (asOne) all.push_back({{problem.blockOf(problem.groups()[groups.front()])}, {}, {}});
        for (const std::size_t index : groups) {
            const RowGroup& group = problem.groups()[index];
            const Option& option = group.options[std::size_t(chosen[index])];
            if (!asOne) all.push_back({{}, group, option});
            Treated& treated = all.back();
            for (const int row : group.rows) {
                if (asOne)
                    treated.group.rows.push_back(row);
                else
                    treated.matches.push_back(problem.analysis().blocks[std::size_t(row)].id);
            }
            if (asOne) treated.option = problem.option(treated.group, option.formats);
        }
    }
    return all;
}

} // namespace

quant::Recipe recipeOf(const SearchProblem& problem, const std::vector<int>& chosen) {
    quant::Recipe recipe;
    recipe.model = quant::modelRef(problem.model());
    recipe.base = commonFormat(problem, chosen);
    recipe.calibration.steps = problem.analysis().settings.calibration;
    double noise = 0;
    for (std::size_t group = 0; group < chosen.size(); ++group)
        noise += problem.groups()[group].options[std::size_t(chosen[group])].noise;
    const Reason reason(problem, noise);
    for (const Treated& treated : treatedOf(problem, chosen)) {
        const std::string why = reason.of(treated.group, treated.option, recipe.base);
        for (const std::string& match : treated.matches) addRules(recipe, problem, match, treated.option, why);
    }
    return recipe;
}

} // namespace analysis
