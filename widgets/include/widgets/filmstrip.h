#pragma once

#include <QImage>
#include <QList>
#include <QListView>

#include <limits>
#include <memory>
#include <optional>

namespace widgets {

/// One step of two trajectories.
struct FilmFrame {
    QString title; ///< "t 801"
    QImage reference;
    QImage candidate;
    /// SQNR of the candidate's latent against the reference's; infinite: equal, NaN: not known.
    double db = std::numeric_limits<double>::quiet_NaN();
};

/// The error's root mean square as a share of the signal's; NaN where the decibels are.
double relativeDifference(double db);
/// The first frame from which on the trajectories stay more than `share` apart; nothing where they end closer.
std::optional<int> partingFrame(const QList<FilmFrame>& frames, double share);

inline constexpr double kPartingShare = 0.1;

/// Every step of two trajectories, one below the other: both pictures small, how far they are apart in numbers and as a
/// bar, and a line where they part. GUI thread only.
class FilmStrip : public QListView {
    Q_OBJECT
public:
    explicit FilmStrip(QWidget* parent = nullptr);
    ~FilmStrip() override;

    const QList<FilmFrame>& frames() const;
    /// Frames before it that are not there yet are added empty.
    void setReference(int frame, const QString& title, const QImage& picture);
    void setCandidate(int frame, const QString& title, const QImage& picture, double db);
    void clearCandidates();
    void clear();
    /// Moves the selection without telling; -1 selects nothing.
    void setCurrentFrame(int frame);

    QSize sizeHint() const override;

Q_SIGNALS:
    /// Chosen by mouse or keyboard.
    void frameChosen(int frame);

protected:
    void currentChanged(const QModelIndex& current, const QModelIndex& previous) override;

private:
    class Model;
    std::unique_ptr<Model> m_model;
    bool m_isQuiet = false;
};

/// "32.1 dB, 2.5 % apart"
QString apartText(double db);

} // namespace widgets
