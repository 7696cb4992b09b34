#pragma once

#include <app/models/fuzzy.h>

#include <QAbstractListModel>
#include <QStringList>

#include <functional>

namespace app::models {

/// One thing that can be done by its name.
struct PaletteEntry {
    QString id;
    QString text;
    QString menu; ///< where it is found otherwise
    QString keys;
    QString tip;
    QString whyNot; ///< why it cannot be done now; empty if it can
    std::function<void()> run;
};

/// The entries that answer what was typed, the best first: what can be done before what cannot, and of equally good
/// ones those used last. Rows that cannot be run are there, but disabled. GUI thread.
class PaletteModel : public QAbstractListModel {
    Q_OBJECT
public:
    enum Role { DetailRole = Qt::UserRole, KeysRole, PositionsRole };

    /// `recent`: ids, the latest first.
    PaletteModel(QList<PaletteEntry> entries, QStringList recent, QObject* parent = nullptr);

    void setPattern(const QString& pattern);
    const PaletteEntry& entry(int row) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;

private:
    struct Hit {
        int entry = 0;
        int score = 0;
        QList<int> positions; ///< of the letters in the entry's text
    };
    std::optional<Hit> hit(int entry, const QString& pattern) const;
    bool isBetter(const Hit& a, const Hit& b) const;

    QList<PaletteEntry> m_entries;
    QStringList m_recent;
    QList<Hit> m_hits;
};

} // namespace app::models
