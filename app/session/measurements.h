#pragma once

#include <QObject> // first: moc 6.4 fails on a file that begins with <compare>

#include <analysis/sqnr.h>
#include <quant/recipe.h>

#include <optional>
#include <vector>

namespace app::session {

/// SQNR of whole recipes as measured end to end, each with the prompts, seeds and sampler it was measured with. What a
/// recipe is called and why its rules are there does not matter. GUI thread.
class Measurements : public QObject {
    Q_OBJECT
public:
    /// Decibels; the latest of equal recipes counts.
    void note(const quant::Recipe& recipe, const analysis::AnalysisSettings& inputs, double db);
    std::optional<double> find(const quant::Recipe& recipe, const analysis::AnalysisSettings& inputs) const;
    void clear();

Q_SIGNALS:
    void changed();

private:
    struct Entry {
        quant::Recipe recipe;
        analysis::AnalysisSettings inputs;
        double db = 0;
    };
    std::vector<Entry> m_entries; ///< the latest first
};

} // namespace app::session
