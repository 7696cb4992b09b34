#pragma once

#include <app/session/studiodocument.h>

#include <QList>
#include <QString>

namespace app::models {

/// One thing that two recipes have in different ways, or a number of both.
struct DiffRow {
    QString what; ///< block, layer, treatment, or "Size"
    QString present;
    QString other;
    bool operator==(const DiffRow&) const = default;
};

struct RecipeDiff {
    QList<DiffRow> summary; ///< size, BOPs, bits per weight, predicted and measured SQNR of both
    QList<DiffRow> rows;    ///< what differs: blocks, or layers where those of a block do, then treatments
    int layers = 0;         ///< whose formats differ
};

/// The present recipe against another. Throws BadInput if the other does not fit the model.
RecipeDiff recipeDiff(const session::StudioDocument& document, const quant::Recipe& other);

} // namespace app::models
