#pragma once

#include <QCheckBox> // first: moc 6.4 fails on a file that begins with <compare>
#include <QComboBox>
#include <QDialog>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>

#include <quant/export.h>

namespace app::windows {

/// Asks in which format and where to export.
class ExportDialog : public QDialog {
    Q_OBJECT
public:
    /// `baseName` is proposed as the name of the result in `folder`.
    ExportDialog(const QString& folder, const QString& baseName, QWidget* parent = nullptr);

    quant::ExportRequest request() const;

private:
    void arrange();
    void proposePath();
    void browse();
    void check();
    const quant::ExportFormatInfo& format() const;

    QString m_folder;
    QString m_baseName;
    QComboBox* m_format;
    QLabel* m_description;
    QLineEdit* m_path;
    QCheckBox* m_overwrite;
    QPushButton* m_export;
};

} // namespace app::windows
