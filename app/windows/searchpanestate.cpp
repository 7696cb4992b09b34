#include <app/windows/searchpane.h>

#include <QJsonArray>

#include <array>
#include <cmath>
#include <utility>

// What the user wants of a search, as a session keeps it.

namespace app::windows {

namespace {

using analysis::Goal;
using analysis::Saving;

const std::array<std::pair<Goal, const char*>, 5> kGoals{{{Goal::MaxBytes, "bytes"},
                                                          {Goal::MaxBops, "bops"},
                                                          {Goal::MaxMeanBits, "bits"},
                                                          {Goal::MaxSeconds, "seconds"},
                                                          {Goal::MinSqnr, "sqnr"}}};
const std::array<std::pair<Saving, const char*>, 3> kSavings{
    {{Saving::Bytes, "bytes"}, {Saving::Bops, "bops"}, {Saving::Seconds, "seconds"}}};

template <class Table, class Value> QString nameIn(const Table& table, Value value) {
    for (const auto& [known, name] : table)
        if (known == value) return QLatin1String(name);
    return {};
}

template <class Table, class Value> bool readFrom(const Table& table, const QString& name, Value& value) {
    for (const auto& [known, knownName] : table) {
        if (name != QLatin1String(knownName)) continue;
        value = known;
        return true;
    }
    return false;
}

} // namespace

QJsonObject SearchPane::viewState() const {
    QJsonArray formats;
    for (const quant::Format& format : m_finder.formats()) formats << QString::fromStdString(quant::toString(format));
    const analysis::SearchTarget& target = m_finder.target();
    return {{QStringLiteral("goal"), nameIn(kGoals, target.goal)},
            {QStringLiteral("value"), target.value},
            {QStringLiteral("saving"), nameIn(kSavings, target.saving)},
            {QStringLiteral("timeRanges"), m_finder.usesTimeRanges()},
            {QStringLiteral("formats"), formats}};
}

void SearchPane::setViewState(const QJsonObject& state) {
    std::vector<quant::Format> formats;
    const QJsonArray names = state[QStringLiteral("formats")].toArray();
    for (const QJsonValue& name : names)
        if (const auto format = jobs::guarded([&] { return quant::parseFormat(name.toString().toStdString()); }))
            formats.push_back(format.value());
    if (!formats.empty()) m_finder.useFormats(std::move(formats));
    m_finder.setTimeRanges(state[QStringLiteral("timeRanges")].toBool(m_finder.usesTimeRanges()));
    m_timeRanges->setChecked(m_finder.usesTimeRanges());
    analysis::SearchTarget target;
    target.value = state[QStringLiteral("value")].toDouble();
    const bool isTarget = readFrom(kGoals, state[QStringLiteral("goal")].toString(), target.goal) &&
                          readFrom(kSavings, state[QStringLiteral("saving")].toString(), target.saving);
    if (isTarget && std::isfinite(target.value) && target.value > 0) m_finder.setTarget(target);
}

} // namespace app::windows
