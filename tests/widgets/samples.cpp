#include "widgets/samples.h"

widgets::HeatmapData samples::map(int rows, int columns) {
    widgets::HeatmapData map;
    for (int row = 0; row < rows; ++row) {
        map.rows << QStringLiteral("unet.block.%1").arg(row);
        for (int column = 0; column < columns; ++column) map.db << 10 * row + column;
    }
    for (int column = 0; column < columns; ++column) map.columns << 951 - 50 * column;
    return map;
}

widgets::HeatmapData samples::folded() {
    widgets::HeatmapData map;
    map.rows = {QStringLiteral("a"), QStringLiteral("a.x"), QStringLiteral("a.y"), QStringLiteral("b")};
    map.columns = {951, 901};
    map.db = {10, 20, 30, 5, 1, 50, 15, 15};
    map.parents = {-1, 0, 0, -1};
    map.parameters = {400, 300, 100, 200};
    return map;
}

QImage samples::picture(int width, int height) {
    QImage image(width, height, QImage::Format_RGB32);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) image.setPixel(x, y, qRgb(x * 97 % 256, y * 151 % 256, (x + y) % 256));
    }
    return image;
}

QList<widgets::BlockRow> samples::blocks() {
    QList<widgets::BlockRow> rows;
    for (const char* id : {"unet.conv_in", "unet.down_blocks.0.0", "unet.down_blocks.0.1", "unet.down_blocks.0.down",
                           "unet.mid_block", "unet.conv_out"}) {
        const int place = int(rows.size()) + 1;
        rows << widgets::BlockRow{QString::fromLatin1(id), 100 * place,  100 * place,      QStringLiteral("int8"),
                                  QStringLiteral("int8"),  10.0 * place, 10.0 * place - 5, 1000 - place};
    }
    return rows;
}

QString samples::dump(const QAbstractItemModel& model, const QModelIndex& parent, int depth) {
    QString text;
    for (int row = 0; row < model.rowCount(parent); ++row) {
        QStringList cells;
        for (int column = 0; column < model.columnCount(parent); ++column) {
            cells << model.index(row, column, parent).data().toString();
        }
        text += QString(depth, u' ') + cells.join(QStringLiteral(" | ")).trimmed() + u'\n';
        text += dump(model, model.index(row, 0, parent), depth + 1);
    }
    return text;
}
