#pragma once

#include <widgets/blocktreemodel.h>
#include <widgets/heatmapdata.h>

#include <QImage>

namespace samples {

/// rows x columns cells whose value is 10 * row + column.
widgets::HeatmapData map(int rows, int columns);
/// Block "a" (10 dB, 20 dB) with layers "a.x" (30, 5) and "a.y" (1, 50), block "b" (15, 15) without; 400, 300, 100 and
/// 200 parameters; timesteps 951 and 901.
widgets::HeatmapData folded();
/// Every pixel has another colour.
QImage picture(int width, int height);
/// Six blocks: unet.conv_in, unet.down_blocks.0.0, .0.1, .0.down, unet.mid_block, unet.conv_out; int8, 100 parameters
/// and bytes more from each to the next, 10 dB and 1 dB more.
QList<widgets::BlockRow> blocks();
/// The display text of all rows and columns, children indented by a space.
QString dump(const QAbstractItemModel& model, const QModelIndex& parent = {}, int depth = 0);

} // namespace samples
