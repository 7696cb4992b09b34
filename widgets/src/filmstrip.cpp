#include <widgets/filmstrip.h>

#include "filmdelegate.h"

#include <QAbstractListModel>
#include <QLocale>
#include <QScopedValueRollback>
#include <QScrollBar>

#include <cmath>
#include <utility>

namespace widgets {

double relativeDifference(double db) {
    return std::pow(10, -db / 20);
}

std::optional<int> partingFrame(const QList<FilmFrame>& frames, double share) {
    std::optional<int> parting;
    for (int i = 0; i < frames.size(); ++i) {
        if (std::isnan(frames[i].db)) continue;
        if (relativeDifference(frames[i].db) <= share)
            parting.reset();
        else if (!parting)
            parting = i;
    }
    return parting;
}

QString apartText(double db) {
    if (std::isnan(db)) return {};
    if (std::isinf(db)) return FilmStrip::tr("equal");
    const QLocale locale;
    QString distance = FilmStrip::tr("%1 % apart").arg(locale.toString(100 * relativeDifference(db), 'f', 1));
    constexpr QChar kUnbreakable(0xa0); // the line breaks, if at all, between the two
    distance.replace(QLatin1Char(' '), kUnbreakable);
    return QStringLiteral("%1%2dB, %3").arg(locale.toString(db, 'f', 1)).arg(kUnbreakable).arg(distance);
}

/// The frames and which of them is the one where the trajectories part.
class FilmStrip::Model : public QAbstractListModel {
public:
    const QList<FilmFrame>& frames() const { return m_frames; }

    int rowCount(const QModelIndex& parent) const override { return parent.isValid() ? 0 : int(m_frames.size()); }
    QVariant data(const QModelIndex& index, int role) const override;

    template <class Change> void change(int row, Change change) {
        if (row >= m_frames.size()) {
            beginInsertRows({}, int(m_frames.size()), row);
            m_frames.resize(row + 1);
            endInsertRows();
        }
        change(m_frames[row]);
        Q_EMIT dataChanged(index(row), index(row));
        findParting();
    }
    void clearCandidates();
    void clear();

private:
    void findParting();

    QList<FilmFrame> m_frames;
    std::optional<int> m_parting;
};

QVariant FilmStrip::Model::data(const QModelIndex& index, int role) const {
    if (!index.isValid() || index.row() >= m_frames.size()) return {};
    const FilmFrame& frame = m_frames[index.row()];
    switch (role) {
    case Qt::DisplayRole:
        return std::isnan(frame.db) ? frame.title : FilmStrip::tr("%1: %2").arg(frame.title, apartText(frame.db));
    case FilmTitle:
        return frame.title;
    case FilmReference:
        return frame.reference;
    case FilmCandidate:
        return frame.candidate;
    case FilmDecibels:
        return frame.db;
    case FilmIsParting:
        return m_parting == index.row();
    default:
        return {};
    }
}

void FilmStrip::Model::findParting() {
    const std::optional<int> parting = partingFrame(m_frames, kPartingShare);
    if (parting == m_parting) return;
    for (const std::optional<int> row : {std::exchange(m_parting, parting), parting})
        if (row && *row < m_frames.size()) Q_EMIT dataChanged(index(*row), index(*row));
}

void FilmStrip::Model::clearCandidates() {
    for (FilmFrame& frame : m_frames) frame = {frame.title, frame.reference, {}};
    m_parting.reset();
    if (!m_frames.isEmpty()) Q_EMIT dataChanged(index(0), index(int(m_frames.size()) - 1));
}

void FilmStrip::Model::clear() {
    beginResetModel();
    m_frames.clear();
    m_parting.reset();
    endResetModel();
}

FilmStrip::FilmStrip(QWidget* parent) : QListView(parent), m_model(std::make_unique<Model>()) {
    setAccessibleName(tr("Steps of both pictures"));
    setToolTip(tr("Full precision and the quantized picture after every step, and how far their latents are apart; "
                  "choosing a step shows its pair"));
    setModel(m_model.get());
    setItemDelegate(new FilmDelegate(this));
    setUniformItemSizes(true);
    setSelectionMode(QAbstractItemView::SingleSelection);
    setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
}

FilmStrip::~FilmStrip() {
    setModel(nullptr); // it goes before the view does
}

const QList<FilmFrame>& FilmStrip::frames() const {
    return m_model->frames();
}

void FilmStrip::setReference(int frame, const QString& title, const QImage& picture) {
    m_model->change(frame, [&](FilmFrame& changed) {
        changed.title = title;
        changed.reference = picture;
    });
}

void FilmStrip::setCandidate(int frame, const QString& title, const QImage& picture, double db) {
    m_model->change(frame, [&](FilmFrame& changed) {
        changed.title = title;
        changed.candidate = picture;
        changed.db = db;
    });
}

void FilmStrip::clearCandidates() {
    m_model->clearCandidates();
}

void FilmStrip::clear() {
    m_model->clear();
}

void FilmStrip::setCurrentFrame(int frame) {
    const QScopedValueRollback quiet(m_isQuiet, true);
    setCurrentIndex(m_model->index(frame));
}

QSize FilmStrip::sizeHint() const {
    QStyleOptionViewItem option;
    initViewItemOption(&option);
    const QSize frame = itemDelegate()->sizeHint(option, {});
    return {frame.width() + verticalScrollBar()->sizeHint().width() + 2 * frameWidth(), 4 * frame.height()};
}

void FilmStrip::currentChanged(const QModelIndex& current, const QModelIndex& previous) {
    QListView::currentChanged(current, previous);
    if (!m_isQuiet && current.isValid()) Q_EMIT frameChosen(current.row());
}

} // namespace widgets
