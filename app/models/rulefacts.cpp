#include <app/models/rulefacts.h>

#include <ldm/error.h>
#include <quant/layermatcher.h>

#include <QCoreApplication>
#include <QRegularExpression>

#include <algorithm>
#include <bitset>

namespace app::models {

namespace {

constexpr int kTimesteps = 1000;
using Steps = std::bitset<kTimesteps>;

/// Timesteps for which both sides of a layer are decided by rules that were looked at.
struct Decided {
    Steps weights;
    Steps activations;
};

QString tr(const char* text) {
    return QCoreApplication::translate("app::models", text);
}

Steps stepsOf(const quant::Rule& rule) {
    Steps steps;
    if (!rule.timesteps) return steps.set();
    for (int step = (*rule.timesteps)[0]; step <= (*rule.timesteps)[1]; ++step) steps.set(std::size_t(step));
    return steps;
}

/// Whether any of the steps is not decided yet; afterwards all are.
bool decide(bool sets, const Steps& steps, Steps& decided) {
    if (!sets) return false;
    const bool adds = (steps & ~decided).any();
    decided |= steps;
    return adds;
}

} // namespace

std::vector<RuleFacts> ruleFacts(const std::vector<quant::Rule>& rules, const ldm::ModelInfo& model) {
    const quant::LayerMatcher matcher(model);
    std::vector<Decided> decided(model.layers.size());
    std::vector<RuleFacts> facts(rules.size());
    for (std::size_t r = rules.size(); r-- > 0;) { // later rules win, so they are asked first
        const Steps steps = stepsOf(rules[r]);
        for (const std::size_t layer : matcher.matched(rules[r].match)) {
            ++facts[r].layers;
            const QString block = QString::fromStdString(model.layers[layer].block);
            if (facts[r].blocks.isEmpty() || facts[r].blocks.constLast() != block) facts[r].blocks << block;
            const bool weights = decide(rules[r].weights.has_value(), steps, decided[layer].weights);
            const bool activations = decide(rules[r].activations.has_value(), steps, decided[layer].activations);
            if (weights || activations) ++facts[r].deciding;
        }
        facts[r].blocks.removeDuplicates();
    }
    return facts;
}

QString reachText(const RuleFacts& facts) {
    if (facts.matchesNothing()) return tr("none");
    const QString layers = facts.layers == 1 ? tr("1 layer") : tr("%1 layers").arg(facts.layers);
    return facts.blocks.size() == 1 ? tr("%1 in 1 block").arg(layers)
                                    : tr("%1 in %2 blocks").arg(layers).arg(facts.blocks.size());
}

QString stateText(const RuleFacts& facts) {
    if (facts.matchesNothing()) return tr("matches nothing");
    if (facts.isOverridden()) return tr("overridden by later rules");
    if (facts.deciding == facts.layers) return tr("in force");
    return tr("in force for %1 of %2 layers").arg(facts.deciding).arg(facts.layers);
}

QString stepsText(const quant::Rule& rule) {
    return rule.timesteps ? tr("%1 to %2").arg((*rule.timesteps)[1]).arg((*rule.timesteps)[0]) : tr("all");
}

std::optional<std::array<int, 2>> parseSteps(const QString& text) {
    const QString trimmed = text.trimmed();
    if (trimmed.isEmpty() || trimmed == tr("all")) return std::nullopt;
    static const QRegularExpression pair(QStringLiteral("^(\\d{1,3})\\D+(\\d{1,3})$"));
    const QRegularExpressionMatch match = pair.match(trimmed);
    if (!match.hasMatch())
        throw ldm::badInput(tr("“%1” is no range of steps; write “all” or two timesteps such as “999 to 667”.")
                                .arg(trimmed)
                                .toStdString());
    const int first = match.captured(1).toInt();
    const int second = match.captured(2).toInt();
    return std::array{std::min(first, second), std::max(first, second)};
}

} // namespace app::models
