#pragma once

#include <app/session/studio.h>

#include <analysis/inspect.h>

#include <QObject>

#include <map>
#include <optional>

namespace app::session {

/// Looks into blocks of the model, one at a time on the engine thread, and keeps what was found as long as model and
/// inputs stay the same. Knows no widget. GUI thread.
class BlockInspector : public QObject {
    Q_OBJECT
public:
    explicit BlockInspector(Studio& studio, QObject* parent = nullptr);

    /// Looks at what is not known of this block yet; what was asked for before is dropped. An id that the model does
    /// not have is no block.
    void lookAt(const QString& block);
    /// Empty while there is none.
    const QString& block() const { return m_block; }
    /// Null while not known.
    const analysis::WeightInspection* weights() const;
    const analysis::InputInspection* inputs() const;
    /// All that can be known of the block is.
    bool isComplete() const;
    bool isWorking() const { return m_isWorking; }
    /// Why something is missing, in a sentence; empty while nothing is in the way.
    const QString& obstacle() const { return m_obstacle; }

    Studio& studio() { return m_studio; }

Q_SIGNALS:
    /// Anything above has changed.
    void changed();

private:
    struct Found {
        std::optional<analysis::WeightInspection> weights;
        std::optional<analysis::InputInspection> inputs;
    };

    void connectEngine();
    void startAnew();
    bool forgetOtherInputs();
    void noteAnalysis();
    void end(const QString& obstacle);
    analysis::AnalysisSettings presentInputs() const;

    Studio& m_studio;
    QString m_block;
    std::map<QString, Found> m_found;    ///< by block
    analysis::AnalysisSettings m_inputs; ///< of what was found
    bool m_isWorking = false;
    QString m_obstacle;
};

} // namespace app::session
